import Platform
import Testing

@Suite struct ProcessorClockTests {
    @Test func `what a process that has ended used counts, and sleeping does not`() async throws {
        let clock = ProcessorClock()
        let busy = "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done"
        #expect(try await Subprocess.run(Command("/bin/sh", ["-c", busy]), timeout: .seconds(60)).succeeded)
        let use = clock.use()
        // Counting so far takes more than a tenth of this on any machine.
        #expect(use.usedMilliseconds >= 20)
        #expect(use.count >= 1)
        #expect((use.waitedMilliseconds != nil) == Files.isAccessible("/proc/pressure/cpu", 4))
    }
}
