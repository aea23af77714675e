//! A blueprint with one more service in it.

use super::Blueprint;
use crate::{
    blueprint::units::{EntryName, ServiceName},
    yaml::{Data, Entry, Map, Node},
};

impl Blueprint {
    /// What the document says of a service, in all its environments and before any expression is worked out; the service blueprints that
    /// it extends are not in it.
    pub fn written(&self, service: &str) -> Option<&Node> {
        self.tree.get("services")?.get(service)
    }

    /// Adds a service that extends what another one extends. What is found wrong with it is shown where the other is written.
    ///
    /// Nothing happens where there is no such other service.
    pub fn add_service(&mut self, name: &ServiceName, like: &str, written: Node) {
        let services = self.tree.as_map_mut().and_then(|top| top.get_mut("services"));
        let Some(services) = services.and_then(|entry| entry.value.as_map_mut()) else { return };
        let Some(key) = services.get(like).map(|entry| entry.key) else { return };
        services.insert(name.to_string(), Entry { key, value: written });
        if let Some(chain) = self.chains.get(like).cloned() {
            self.chains.insert(name.to_string(), chain);
        }
    }

    /// Adds a change of rendered resources, unless there is one of that name.
    pub fn add_patch(&mut self, name: &EntryName, written: Node) {
        let span = written.span;
        let Some(top) = self.tree.as_map_mut() else { return };
        let patches = top
            .entry("patches".into())
            .or_insert_with(|| Entry { key: span, value: Node { span, data: Data::Map(Map::new()) } });
        if let Some(patches) = patches.value.as_map_mut() {
            patches.entry(name.to_string()).or_insert_with(|| Entry { key: span, value: written });
        }
    }
}
