internal import Synchronization

/// How closely an installed tree is looked at.
public struct TreeCheck: Sendable {
    /// A file is taken for what it last was seen to be when neither inode nor either time has changed; else all are read.
    public var trustsTimes = true
    /// What was seen is written down for the next look; only who holds the run's lock may.
    public var remembers = false
    /// The folder itself is the tree's, too, and no other files lie in it.
    public var ownsFolder = false
    /// Whose everything must be; nil when that is no matter.
    public var owner: UInt32?
    /// Counts what was read.
    public var tally: CheckTally?

    /// Makes the usual look.
    public init() {}
}

/// Counts files as they are looked at.
public final class CheckTally: Sendable {
    private let counts = Mutex((read: 0, trusted: 0))

    /// Begins at nothing.
    public init() {}

    /// Files whose content was read.
    public var read: Int { counts.withLock { $0.read } }
    /// Files that were taken for what they last were seen to be.
    public var trusted: Int { counts.withLock { $0.trusted } }

    /// Counts one file.
    public func add(read isRead: Bool) {
        counts.withLock { counts in
            if isRead { counts.read += 1 } else { counts.trusted += 1 }
        }
    }

    func add(trusted count: Int) { counts.withLock { $0.trusted += count } }
}
