import Platform

/// What a package file says of itself.
public struct PackageFields: Sendable, Equatable {
    /// Its name by Debian's policy, its version, and its architecture by Debian's name.
    public let name: String, version: String, architecture: String

    /// Takes what is a name, a version and an architecture; nil for anything else.
    public init?(name: String, version: String, architecture: String) {
        let isPlain = !name.utf8.contains(UInt8(ascii: ":")) && !name.utf8.contains(UInt8(ascii: "="))
        let isArchitecture = architecture.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard isPlain, Apt.isPackage("\(name)=\(version)"), version.utf8.count <= 200, isArchitecture,
            (1...32).contains(architecture.utf8.count)
        else { return nil }
        (self.name, self.version, self.architecture) = (name, version, architecture)
    }

    /// Reads what dpkg-deb(1) prints: a line for each field, in whatever order.
    init?(_ text: String) {
        let lines = text.byteLines
        func value(_ field: String) -> String? {
            let found = lines.filter { $0.hasFirstBytes("\(field): ") }
            return found.count == 1
                ? String(decoding: found[0].utf8.dropFirst(field.utf8.count + 2), as: UTF8.self) : nil
        }
        guard lines.count == 3, let name = value("Package"), let version = value("Version"),
            let architecture = value("Architecture")
        else { return nil }
        self.init(name: name, version: version, architecture: architecture)
    }

    /// Reads them out of a file; `place` is what the file is called when it is no package.
    public static func of(_ path: String, at place: String) async throws(PrivilegedError) -> PackageFields {
        let result: CommandResult
        do throws(SystemCallError) {
            result = try await Subprocess.run(
                Command("/usr/bin/dpkg-deb", ["--field", path, "Package", "Version", "Architecture"]),
                timeout: .seconds(60))
        } catch {
            throw .failed(error.explanation)
        }
        if result.succeeded, let fields = PackageFields(result.output) { return fields }
        let words = result.succeeded ? "" : ": \(result.errors.byteLines.first.map(String.init) ?? "dpkg-deb failed")"
        throw .failed(
            Explanation(
                "it is no package of Debian's, with a name, a version and an architecture\(words)", at: place,
                hint: "dpkg-deb --info shows what it is; is it the file's own address, and not that of a page about it?"
            ))
    }
}
