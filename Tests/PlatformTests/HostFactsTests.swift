import Platform
import Testing

@Suite struct HostFactsTests {
    @Test func `the machine's name, processors and memory are those that its own tools tell`() async throws {
        func told(_ line: String) async throws -> String {
            let result = try await Subprocess.run(Command("/bin/sh", ["-c", line]))
            return String(result.output.split(separator: "\n").first ?? "")
        }
        let facts = HostFacts.current()
        #expect(try await told("uname -n") == facts.hostname)
        #expect(try await told("getconf _NPROCESSORS_ONLN") == "\(facts.processors)")
        let memory = try await told("awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo")
        #expect(memory == "\(facts.memoryMebibytes)")
    }
}
