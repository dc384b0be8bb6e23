internal import Glibc

/// What Debian's packages leave when they take effect with the next boot only.
public struct RebootRequest: Sendable, Equatable {
    /// The packages that ask for it; empty when they did not say.
    public let packages: [String]

    /// Names who asks.
    public init(packages: [String]) { self.packages = packages }

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

    /// What this boot has and no other; a container's differ, too, although its kernel goes on.
    ///
    /// Blocks.
    public static func boot() throws(SystemCallError) -> String {
        let kernel = try Files.firstLine("/proc/sys/kernel/random/boot_id") ?? ""
        return "\(kernel) \(try initStart())"
    }

    /// How long ago process 1 was started.
    ///
    /// Blocks.
    public static func uptime() throws(SystemCallError) -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec) - (try initStart()) / Int64(sysconf(Int32(_SC_CLK_TCK))))
    }

    /// When process 1 was started, in ticks since the kernel was: proc(5), the 22nd field of stat, the 20th behind the name.
    private static func initStart() throws(SystemCallError) -> Int64 {
        let text = try Files.text("/proc/1/stat") ?? ""
        let fields = text.lastIndex(of: ")").map { text[text.index(after: $0)...].split(separator: " ") } ?? []
        return fields.count > 19 ? Int64(fields[19]) ?? 0 : 0
    }
}
