//! The tree of groups that the operations' paths make.

use crate::model::{Group, Operation};
use crate::spec::Spec;
use crate::spec::node::Node;

/// Builds the tree in order of appearance.
pub(super) fn tree(spec: &Spec<'_>, operations: &[Operation]) -> Group {
    let mut root = Group::default();
    for (index, operation) in operations.iter().enumerate() {
        let depth = operation.path.len().saturating_sub(1);
        let mut group = &mut root;
        for end in 1..=depth {
            let path = operation.path.get(..end).unwrap_or_default();
            let at = group.groups.iter().position(|child| child.path == path).unwrap_or_else(|| {
                group.groups.push(Group { path: path.to_vec(), ..Group::default() });
                group.groups.len() - 1
            });
            let Some(child) = group.groups.get_mut(at) else { break };
            group = child;
        }
        group.operations.push(index);
    }
    describe(&mut root, operations, &spec.root);
    root
}

/// A group's meaning is that of the one tag that all its operations have.
fn describe(group: &mut Group, operations: &[Operation], root: &Node) {
    let mut tags = group.operations.iter().filter_map(|index| operations.get(*index)).map(|operation| &operation.tag);
    if let Some(first) = tags.next()
        && tags.all(|tag| tag == first)
        && !group.path.is_empty()
    {
        let tag = root.list("tags").iter().find(|tag| tag.str("name") == Some(first.as_str()));
        tag.and_then(|tag| tag.str("description")).unwrap_or_default().trim().clone_into(&mut group.description);
    }
    for child in &mut group.groups {
        describe(child, operations, root);
    }
}
