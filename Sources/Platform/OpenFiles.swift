internal import Glibc

/// How many files this process may have open.
public enum OpenFiles {
    /// More would only make select(2)-like habits of libraries slow.
    private static let enough: UInt = 40_000

    /// Raises the limit as far as this process may, and to no more than is useful; the answer is what it is now.
    @discardableResult
    public static func raiseLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        let wanted = min(limit.rlim_max, max(limit.rlim_cur, enough))
        if wanted > limit.rlim_cur {
            limit.rlim_cur = wanted
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return Int(min(limit.rlim_cur, 1_000_000))
    }
}
