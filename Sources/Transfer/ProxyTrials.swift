internal import Glibc
import Platform
internal import Synchronization

/// What each proxy said to the user and password that it is to be shown.
///
/// The first transfer asks alone and the others wait for what it hears; what was refused is not shown again, or a
/// handful of transfers at once would lock the account behind it.
enum ProxyTrials {
    enum Turn {
        /// Ask, and tell with ``end(_:isAccepted:)``.
        case first
        /// It takes them.
        case accepted
        /// It refused them before.
        case refused
        /// The waiting was given up.
        case stopped
    }

    private enum State { case asking, accepted, refused }
    /// By address, user and password: two variables may name the same.
    private static let states = Mutex<[String: State]>([:])

    /// Whether to ask a proxy; none is needed where there is nothing to show.
    ///
    /// Blocks while another asks.
    static func begin(_ proxy: ProxyAddress, isStopped: () -> Bool) -> Turn {
        guard proxy.credentials != nil else { return .accepted }
        while true {
            let state = states.withLock { states in
                defer { states[proxy.text] = states[proxy.text] ?? .asking }
                return states[proxy.text]
            }
            switch state {
            case nil: return .first
            case .accepted: return .accepted
            case .refused: return .refused
            case .asking:
                if isStopped() { return .stopped }
                usleep(20_000)
            }
        }
    }

    /// Ends a trial; nil when the proxy said neither.
    static func end(_ proxy: ProxyAddress, isAccepted: Bool?) {
        states.withLock { states in
            // Accepted with the first header; how the transfer ends is no matter then.
            guard states[proxy.text] == .asking else { return }
            states[proxy.text] = isAccepted.map { $0 ? .accepted : .refused }
        }
    }
}
