internal import Glibc

/// What Debian's packages leave when they take effect with the next boot only.
public struct RebootRequest: Sendable, Equatable {
    /// The packages that ask for it; empty when they did not say.
    public let packages: [String]

    /// Where it lies until the next boot: Debian's policy for what packages' scripts call, notify-reboot-required.
    public static let place = "/run/reboot-required"

    /// Looks; nil when nobody asks.
    ///
    /// Blocks.
    public static func pending() throws(SystemCallError) -> RebootRequest? {
        guard try FileStatus.of(place) != nil else { return nil }
        let names = Set((try Files.text("\(place).pkgs") ?? "").byteLines.map(String.init))
        return RebootRequest(packages: names.filter { !$0.isEmpty }.sorted())
    }

    /// In a few words, who asks.
    public var words: String {
        packages.isEmpty ? "asked for by packages" : "asked for by \(packages.joined(separator: ", "))"
    }

    /// The number that this boot has and no other.
    ///
    /// Blocks.
    public static func boot() throws(SystemCallError) -> String {
        (try Files.text("/proc/sys/kernel/random/boot_id") ?? "").byteLines.first.map(String.init) ?? ""
    }

    /// How long this machine runs.
    public static func uptime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec))
    }
}
