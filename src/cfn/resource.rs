use std::marker::PhantomData;

use super::{Text, Value};

/// What happens to a resource when it leaves the stack or is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// It goes.
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the very operation that created it fails.
    RetainExceptOnCreate,
    /// A snapshot of it stays, for the types that have snapshots.
    Snapshot,
}

impl DeletionPolicy {
    /// As written in a template.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "Delete",
            Self::Retain => "Retain",
            Self::RetainExceptOnCreate => "RetainExceptOnCreate",
            Self::Snapshot => "Snapshot",
        }
    }

    /// The policy a template writes so.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Delete, Self::Retain, Self::RetainExceptOnCreate, Self::Snapshot]
            .into_iter()
            .find(|policy| policy.as_str() == text)
    }
}

/// A resource on its way into a template: properties and the attributes every resource has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Properties in the order set.
    pub properties: Vec<(Text, Value)>,
    /// Logical ids this one waits for beyond those it refers to.
    pub depends_on: Vec<Text>,
    /// The condition under which it exists.
    pub condition: Option<Text>,
    /// What happens when it leaves the stack.
    pub deletion_policy: Option<DeletionPolicy>,
    /// What happens to the old one when it is replaced.
    pub update_replace_policy: Option<DeletionPolicy>,
    /// What it waits for when it is created.
    pub creation_policy: Vec<(Text, Value)>,
    /// How an update changes it.
    pub update_policy: Vec<(Text, Value)>,
    /// Why it is there or as it is, for the reader of the template.
    pub note: Option<Text>,
    /// `Metadata`, such as a linter's exception with its reason.
    pub metadata: Vec<(Text, Value)>,
}

impl Draft {
    /// Sets a property, in its place where it is there and at the end where it is not.
    pub fn set(&mut self, name: &'static str, value: Value) {
        match self.properties.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.properties.push((name.into(), value)),
        }
    }
}

/// A typed resource.
pub trait Resource: Sized {
    /// `AWS::Service::Type`
    const TYPE: &'static str;

    /// Everything known of it.
    fn draft(&mut self) -> &mut Draft;

    /// Everything known of it, taken.
    fn into_draft(self) -> Draft;

    /// Waits for another resource.
    #[must_use]
    fn after(mut self, id: impl Into<Text>) -> Self {
        self.draft().depends_on.push(id.into());
        self
    }

    /// Exists only under a condition.
    #[must_use]
    fn only_if(mut self, condition: impl Into<Text>) -> Self {
        self.draft().condition = Some(condition.into());
        self
    }

    /// Stays when it leaves the stack or is replaced.
    #[must_use]
    fn retained(mut self) -> Self {
        self.draft().deletion_policy = Some(DeletionPolicy::RetainExceptOnCreate);
        self.draft().update_replace_policy = Some(DeletionPolicy::Retain);
        self
    }

    /// Goes with the stack, said aloud because its data goes too.
    #[must_use]
    fn disposable(mut self) -> Self {
        self.draft().deletion_policy = Some(DeletionPolicy::Delete);
        self.draft().update_replace_policy = Some(DeletionPolicy::Delete);
        self
    }

    /// Says why it is there or as it is.
    #[must_use]
    fn because(mut self, note: impl Into<Text>) -> Self {
        self.draft().note = Some(note.into());
        self
    }
}

/// The name of something `Fn::GetAtt` answers for resources of type `R`.
#[derive(Debug)]
pub struct Attribute<R> {
    name: &'static str,
    kind: PhantomData<fn() -> R>,
}

impl<R> Attribute<R> {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, kind: PhantomData }
    }

    /// As written in a template.
    pub fn name(&self) -> &'static str {
        self.name
    }
}
