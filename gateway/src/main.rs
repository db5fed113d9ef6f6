//! The command `infrai-gateway`.

fn main() -> std::process::ExitCode {
    infrai_gateway::command::run()
}
