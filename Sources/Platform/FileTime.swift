public import Glibc

extension timespec {
    /// Since 1970; of a time after 2262, which a file may have, a number that is at least the same each time.
    public var nanoseconds: Int64 { Int64(tv_sec) &* 1_000_000_000 &+ Int64(tv_nsec) }
}
