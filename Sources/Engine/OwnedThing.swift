/// One thing on the host that a step stands for, and that goes when no config asks for it any more.
public struct OwnedThing: Sendable, Codable, Hashable {
    /// What can be owned; how a thing of each kind is taken away is for who knows the host to say.
    public enum Kind: String, Sendable, Codable {
        /// A file, a symbolic link, a folder that is ours when it is empty.
        case file, link, folder
        /// A folder with all that was unpacked into it.
        case tree
        /// All versions of a bundle, and what is known of them.
        case bundle
        /// A unit of systemd's with its file and its enablement, and a mask in a unit file's place.
        case unit, mask
        /// A setting of the kernel's, or of the machine's itself.
        case setting
        /// A user, a group, or what a user has.
        case account
        /// The host's swap file.
        case swap
        /// The image of a file system, a set of data, a package: none of them ever goes by itself.
        case image, data, package
        /// A disk for data, which is never erased.
        case disk
        /// A package that was there, and was taken away; it does not come back by itself.
        case absence
    }

    /// What it is.
    public let kind: Kind
    /// Its path, or the name of a unit or package.
    public let name: String
    /// What it holds: a file's or unit file's SHA-256, a link's target, where a tree's record lies, an image's label, the UUID
    /// of a disk's file system;
    /// a setting's value and, on the next line, the one before it; that a bundle's folder was there, and stays.
    public var content: String?
    /// What it held before a change that has not ended well: any of them may still be what lies there.
    public var former: [String]?
    /// What was there before the step made it, in a word; nil when nothing was.
    ///
    /// What was there is not ours to take away.
    public var before: String?

    /// Names a thing that was not there before.
    public init(_ kind: Kind, _ name: String, content: String? = nil) {
        self.kind = kind
        self.name = name
        self.content = content
    }

    /// The same thing with other content, after a change that may not come about.
    func becoming(_ new: String) -> OwnedThing {
        guard let content, content != new else { return self }
        var changed = self
        changed.former = ((former ?? []) + [content]).filter { $0 != new }
        changed.content = new
        return changed
    }

    /// The same thing, of whose content nothing is in doubt.
    var settled: OwnedThing {
        var thing = self
        thing.former = nil
        return thing
    }

    /// The two are the same thing, whatever each says of its content.
    public func isSame(as other: OwnedThing) -> Bool { kind == other.kind && name == other.name }
}
