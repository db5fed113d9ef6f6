using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = ( services = [ (name = "main", worker = .w), (name = "internet", network = (allow = ["public", "private"])) ], sockets = [ (name = "http", address = "127.0.0.1:18787", http = (), service = "main") ] );
const w :Workerd.Worker = ( modules = [ (name = "w", esModule = embed "worker.out.mjs") ], compatibilityDate = "2025-09-01", bindings = [ (name = "URL", text = "") ] );
