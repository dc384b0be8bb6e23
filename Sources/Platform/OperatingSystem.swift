internal import Glibc

/// What system this machine runs.
public struct OperatingSystem: Sendable, Equatable {
    /// `ID` of os-release(5), such as `debian`.
    public let id: String
    /// `VERSION_ID`, such as `12`; empty for rolling systems.
    public let version: String
    /// `PRETTY_NAME`.
    public let name: String

    /// Reads os-release(5), `/etc` before `/usr/lib`; nil when there is none.
    public static func current() throws(SystemCallError) -> OperatingSystem? {
        for path in ["/etc/os-release", "/usr/lib/os-release"] {
            if let text = try Files.text(path) { return OperatingSystem(osRelease: text) }
        }
        return nil
    }

    /// Parses the text of an os-release file.
    public init(osRelease text: String) {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            var value = line[line.index(after: equals)...]
            if let quote = value.first, quote == "\"" || quote == "'", value.last == quote, value.count > 1 {
                value = value.dropFirst().dropLast()
            }
            values[String(line[..<equals])] = String(value)
        }
        id = values["ID"] ?? "linux"
        version = values["VERSION_ID"] ?? ""
        name = values["PRETTY_NAME"] ?? values["NAME"] ?? id
    }

    /// Is systemd process 1? The test of sd_booted(3).
    public static var isBootedWithSystemd: Bool {
        ((try? FileStatus.of("/run/systemd/system")) ?? nil)?.kind == .folder
    }

    /// The machine's name for its processor, as `uname -m` prints it.
    public static var machine: String {
        var names = utsname()
        uname(&names)
        return withUnsafePointer(to: &names.machine) {
            $0.withMemoryRebound(to: CChar.self, capacity: 65) { String(cString: $0) }
        }
    }
}
