import Platform
import Testing

@Suite struct EnvironmentLinesTests {
    @Test(arguments: [
        ("", "LANG=x\n"), ("A=1\n", "A=1\nLANG=x\n"), ("LANG=y\nA=1\nLANG=z\n", "LANG=x\nA=1\n"),
        ("#LANG=y\nLANGUAGE=y", "#LANG=y\nLANGUAGE=y\nLANG=x\n"),
    ])
    func `one line sets a variable, and the others stay`(before: String, after: String) {
        let text = EnvironmentLines(before).setting("LANG", to: "x")
        #expect(text == after)
        #expect(EnvironmentLines(text).value("LANG") == "x")
        #expect(EnvironmentLines(EnvironmentLines(text).setting("LANG", to: nil)).value("LANG") == nil)
    }

    @Test func `the last of several counts, and its quotes do not`() {
        #expect(EnvironmentLines("LANG=a\nLANG=\"b\"\n").value("LANG") == "b")
        #expect(EnvironmentLines("LANGUAGE=a\n").value("LANG") == nil)
    }
}
