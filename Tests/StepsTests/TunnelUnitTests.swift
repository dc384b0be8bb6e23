import Support
import Testing

@testable import Steps

@Suite struct TunnelUnitTests {
    @Test(arguments: MarkedTexts.marks)
    func `an argument is quoted for systemd whatever stands behind a special character`(mark: String) {
        let quoted = TunnelUnit.quoted("\"\(mark) %\(mark)h $\(mark)X \\\(mark) '\(mark)\r\n\(mark)")
        let wanted = "\"\\\"\(mark) %%\(mark)h $$\(mark)X \\\\\(mark) '\(mark)\\r\\n\(mark)\""
        #expect(quoted.utf8.elementsEqual(wanted.utf8))
        // One line: what followed would be a directive of its own.
        #expect(!quoted.utf8.contains(0x0a))
    }
}
