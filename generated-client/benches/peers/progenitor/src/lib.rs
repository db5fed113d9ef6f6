//! The client that progenitor's macro makes of the same description.

progenitor::generate_api!(spec = "../../../../openapi/storage.yaml");
