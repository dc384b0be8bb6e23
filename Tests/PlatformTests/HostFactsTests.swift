import Platform
import Testing

@Suite struct HostFactsTests {
    @Test func `the machine's name, processors and memory are those that its own tools tell`() async throws {
        func told(_ line: String) async throws -> String {
            let result = try await Subprocess.run(Command("/bin/sh", ["-c", line]))
            return String(result.output.split(separator: "\n").first ?? "")
        }
        #expect(try await told("uname -n") == HostFacts.hostname)
        #expect(try await told("getconf _NPROCESSORS_ONLN") == "\(HostFacts.processors)")
        let memory = try await told("awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo")
        #expect(memory == "\(HostFacts.memoryMebibytes)")
    }
}
