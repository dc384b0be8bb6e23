import HostConfig
import Platform
import Testing

/// The files in `os-release/` are those of the releases' own base-files packages; 24.10's is 25.04's with its names changed, since
/// its archive is gone.
@Suite struct SupportedSystemTests {
    private static func system(_ file: String) throws -> OperatingSystem {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return OperatingSystem(osRelease: try #require(try Files.text("/\(folder)/os-release/\(file)")))
    }

    private static func isTaken(_ file: String, by wanted: [String]) throws -> Bool {
        let system = try system(file)
        return wanted.compactMap(SupportedSystem.init).contains { $0.matches(id: system.id, versionID: system.version) }
    }

    private static let newer = ["ubuntu-24.04+", "debian-12+"]

    @Test(arguments: [
        "ubuntu-24.04", "ubuntu-24.10", "ubuntu-25.04", "ubuntu-25.10", "ubuntu-26.04", "debian-12", "debian-13",
    ])
    func `a release is taken by its own name, and by that of an older one with a plus`(file: String) throws {
        #expect(try Self.isTaken(file, by: [file]))
        #expect(try Self.isTaken(file, by: Self.newer))
    }

    @Test(arguments: ["ubuntu-22.04", "debian-11"])
    func `an older one is refused, but by its own name`(file: String) throws {
        #expect(try !Self.isTaken(file, by: Self.newer))
        #expect(try Self.isTaken(file, by: [file]))
    }

    @Test func `what has no version yet is newer than each that has one, and is none of them`() throws {
        #expect(try Self.system("debian-testing").version == "")
        #expect(try Self.isTaken("debian-testing", by: ["debian-12+"]))
        #expect(try !Self.isTaken("debian-testing", by: ["debian-14", "debian-13", "ubuntu-24.04+"]))
    }

    @Test func `a version that is no number is neither newer nor older`() {
        #expect(SupportedSystem("debian-12+")?.matches(id: "debian", versionID: "sid") == false)
    }
}
