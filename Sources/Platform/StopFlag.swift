internal import Synchronization

/// Tells blocking work on another thread that nobody wants its result any more.
public final class StopFlag: Sendable {
    private let value = Mutex(false)

    /// Makes a flag that is not set.
    public init() {}

    /// It was set.
    public var isSet: Bool { value.withLock { $0 } }

    /// Sets it, for good.
    public func set() { value.withLock { $0 = true } }
}
