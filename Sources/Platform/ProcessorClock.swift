internal import CLinux
internal import Glibc

/// What a run used of the machine's processors.
public struct ProcessorUse: Sendable, Codable, Equatable {
    /// How many it could use.
    public let count: Int
    /// How long processors worked for it and for what it started, in milliseconds.
    ///
    /// What systemd did for it in services of its own is not in it.
    public let usedMilliseconds: Int64
    /// How long something on the machine waited for a processor meanwhile, in milliseconds; nil where the kernel does not
    /// tell.
    public let waitedMilliseconds: Int64?

    /// Puts it together.
    public init(count: Int, usedMilliseconds: Int64, waitedMilliseconds: Int64?) {
        self.count = count
        self.usedMilliseconds = usedMilliseconds
        self.waitedMilliseconds = waitedMilliseconds
    }

    enum CodingKeys: String, CodingKey {
        case count
        case usedMilliseconds = "used_ms"
        case waitedMilliseconds = "waited_ms"
    }
}

/// The processors' clock: what this process and its children that have ended used since it was made.
public struct ProcessorClock: Sendable {
    private let used: Int64
    private let waited: Int64?

    /// Begins now.
    public init() {
        used = Self.used()
        waited = Self.waited()
    }

    /// What was used since.
    public func use() -> ProcessorUse {
        let now = Self.waited()
        return ProcessorUse(
            count: Self.count(), usedMilliseconds: (Self.used() - used) / 1000,
            waitedMilliseconds: waited.flatMap { before in now.map { max(0, $0 - before) / 1000 } })
    }

    /// In microseconds, by getrusage(2).
    private static func used() -> Int64 {
        [RUSAGE_SELF.rawValue, RUSAGE_CHILDREN.rawValue].reduce(0) { sum, who in
            var usage = rusage()
            getrusage(who, &usage)
            return sum + microseconds(usage.ru_utime) + microseconds(usage.ru_stime)
        }
    }

    private static func microseconds(_ time: timeval) -> Int64 { Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_usec) }

    /// In microseconds since the boot: `some … total=` of the kernel's pressure stall information (its accounting/psi page).
    private static func waited() -> Int64? {
        let line = (try? Files.firstLine("/proc/pressure/cpu")) ?? nil
        return line?.parts(at: "=").last.flatMap { Int64($0) }
    }

    /// What a container may use, not what the machine has.
    private static func count() -> Int { max(1, Int(linux_usable_processors())) }
}
