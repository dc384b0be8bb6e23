import Engine
import Platform
import Testing

@testable import Reporting

@Suite struct PlanTextTests {
    private static let plan = [
        PlannedStep("layout", changes: []),
        PlannedStep(
            "apt-packages",
            changes: [
                Difference("jq", found: "absent", wanted: "1.6-2.1"), Difference("curl", found: "7.88", wanted: "7.89"),
            ]),
        PlannedStep(
            "bundle-tools",
            changes: [
                Difference(
                    "tools", found: "absent", wanted: "1.0.0", detail: "download 3145728 bytes from https://a/b",
                    downloadBytes: 3 << 20)
            ]),
        PlannedStep(
            "removal", changes: [Difference("old.service", found: "active", wanted: "removed")],
            warnings: ["data is kept: it holds data"]),
        PlannedStep(
            "service-web",
            changes: [Difference("web.service", found: "started before its files changed", wanted: "restarted")]),
        PlannedStep(
            "reboot", changes: [Difference("the host", found: "asked for by linux-base", wanted: Difference.reboot)]),
    ]

    @Test func `each step that has something to say is named once, with a sign for what becomes of each thing`() {
        #expect(
            PlanText(Self.plan, shape()).plan() == [
                "apt-packages", "  + jq: absent -> 1.6-2.1", "  ~ curl: 7.88 -> 7.89", "bundle-tools",
                "  + tools: absent -> 1.0.0", "      download 3145728 bytes from https://a/b", "removal",
                "  - old.service: active → removed", "  ! warning: data is kept: it holds data", "service-web",
                "  ! web.service: started before its files changed -> restarted", "reboot",
                "  ! the host: asked for by linux-base -> as the last act of the run",
                "2 to add, 1 to change, 1 to remove, 2 to restart, 3.0 MiB to download besides packages",
            ])
    }

    @Test(arguments: [(1, "1 KiB"), (10_260, "10 KiB"), (1_048_575, "1023 KiB"), (1_572_864, "1.5 MiB")])
    func `what is downloaded is never told as nothing`(bytes: Int64, words: String) {
        let change = Difference("tools", found: "absent", wanted: "1.0.0", downloadBytes: bytes)
        let plan = PlanText([PlannedStep("bundle-tools", changes: [change])], shape()).plan()
        #expect(plan.last == "1 to add, \(words) to download besides packages")
    }

    @Test(arguments: [
        (400, true, "about 1 s"), (19_600, true, "about 20 s"), (119_400, true, "about 119 s"),
        (151_000, true, "about 3 min"), (20_000, false, "20 s or more"),
    ])
    func `how long it may take is told as roughly as it is known`(milliseconds: Int64, isWhole: Bool, words: String) {
        let change = Difference("tools", found: "absent", wanted: "1.0.0")
        let estimate = RunEstimate(milliseconds: milliseconds, isWhole: isWhole)
        let plan = PlanText([PlannedStep("bundle-tools", changes: [change])], shape()).plan(taking: estimate)
        #expect(plan.last == "1 to add, \(words)")
        #expect(PlanText([], shape()).plan(taking: estimate) == ["nothing to change"])
    }

    @Test func `a plan without changes says so, and one that cannot be told does not`() {
        #expect(PlanText([PlannedStep("layout", changes: [])], shape()).plan() == ["nothing to change"])
        let failed = PlannedStep("layout", failure: StepFailure(.failed, Explanation("no disk", hint: "add one")))
        #expect(
            PlanText([failed], shape()).plan() == [
                "layout", "  ! cannot tell: no disk", "    hint: add one", "1 step cannot be told",
            ])
    }

    @Test(arguments: [40, 60, 100])
    func `in a window lines are wrapped at words, beneath their own beginning`(columns: Int) {
        let words = (1...30).map { "word\($0)" }.joined(separator: " ")
        let address = "https://example.org/\(String(repeating: "x", count: 120))"
        let step = PlannedStep("layout", changes: [Difference("/srv", found: "absent", wanted: "\(words) \(address)")])
        let lines = PlanText([step], shape(columns: columns)).lines
        #expect(lines.dropFirst(2).allSatisfy { $0.hasPrefix("    ") && !$0.hasPrefix("     ") })
        #expect(lines.filter { !$0.contains(address) }.allSatisfy { $0.displayWidth <= columns })
        // What a person copies is whole.
        #expect(lines.contains("    \(address)"))
        let text = lines.dropFirst().map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " ")
        #expect(text == "+ /srv: absent -> \(words) \(address)")
    }

    @Test func `with colours it says the same, and codes that a host's files brought along are shown, not acted on`() {
        let change = Difference("/etc/x", found: "absent", wanted: "1 line", detail: "+\u{1b}[2Jgone")
        let steps = Self.plan + [PlannedStep("files", changes: [change])]
        let plain = PlanText(steps, shape()).plan()
        let coloured = PlanText(steps, shape(isColoured: true)).plan()
        #expect(coloured != plain)
        #expect(coloured.map { $0.replacing(/\u{1b}\[[0-9;]*m/, with: "") } == plain)
        #expect(plain.contains("      +\\u{1b}[2Jgone"))
    }

    private func shape(isColoured: Bool = false, columns: Int? = nil) -> TextShape {
        TextShape(style: LineStyle(isColoured: isColoured), columns: columns)
    }
}
