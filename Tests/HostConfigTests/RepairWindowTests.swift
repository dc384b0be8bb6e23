import HostConfig
import Platform
import Testing

@Suite struct RepairWindowTests {
    private static let weekend = #"{"days": ["sat", "sun"], "from": "22:00", "to": "04:00"}"#
    private static let daily = #"{"from": "02:30", "to": "03:30"}"#

    /// The windows, a time as day (0 is Monday), hour and minute, and the next opening; nil: one is open.
    @Test(
        arguments: [
            ([weekend], (0, 12, 0), "sat 22:00"), ([weekend], (5, 21, 59), "sat 22:00"), ([weekend], (5, 22, 0), nil),
            // It passes midnight, and the week's end.
            ([weekend], (6, 3, 59), nil), ([weekend], (6, 4, 0), "sun 22:00"), ([weekend], (0, 3, 59), nil),
            ([weekend], (0, 4, 0), "sat 22:00"),
            ([weekend, daily], (0, 12, 0), "tue 02:30"), ([weekend, daily], (2, 3, 29), nil),
            ([weekend, daily], (2, 3, 30), "thu 02:30"), ([weekend, daily], (4, 4, 0), "sat 02:30"),
            ([#"{"days": ["wed"], "from": "00:00", "to": "00:00"}"#], (2, 23, 59), nil),
            ([#"{"days": ["wed"], "from": "00:00", "to": "00:00"}"#], (3, 0, 0), "wed 00:00"),
        ] as [([String], (Int, Int, Int), String?)])
    func `a host is repaired while a window is open, and says when the next one opens`(
        windows: [String], time: (Int, Int, Int), opening: String?
    ) throws {
        let schedule = try schedule(
            #""every_minutes": 30, "mode": "repair", "windows": [\#(windows.joined(separator: ", "))]"#
        )
        .get()
        #expect(schedule?.nextWindow(after: LocalTime(day: time.0, minute: time.1 * 60 + time.2)) == opening)
    }

    @Test func `without windows it is repaired at any time`() throws {
        let schedule = try schedule(#""every_minutes": 30, "mode": "repair""#).get()
        #expect((0..<LocalTime.week).allSatisfy { schedule?.nextWindow(after: LocalTime(day: 0, minute: $0)) == nil })
    }

    @Test(arguments: [
        (#""every_minutes": 30, "windows": [\#(daily)]"#, "schedule.windows: they are for repairs"),
        (#""every_minutes": 61, "mode": "repair", "windows": [\#(daily)]"#, "open for 60 minutes, and may pass"),
        (#""every_minutes": 30, "mode": "repair", "windows": []"#, "expected 1 or more windows, found none"),
        (
            #""every_minutes": 30, "mode": "repair", "windows": [{"from": "2:30", "to": "03:30"}]"#,
            "schedule.windows[0].from: expected a time of the day from \"00:00\" to \"23:59\""
        ),
        (#""every_minutes": 30, "mode": "repair", "windows": [{"from": "24:00", "to": "03:30"}]"#, "windows[0].from"),
        (#""every_minutes": 30, "mode": "repair", "windows": [{"from": "02:30"}]"#, "missing field \"to\""),
        (
            #""every_minutes": 30, "mode": "repair", "windows": [{"from": "02:30", "to": "04:00", "days": ["Mon"]}]"#,
            "schedule.windows[0].days[0]: expected one of \"mon\""
        ),
        (
            #""every_minutes": 30, "mode": "repair", "windows": [{"from": "02:30", "to": "04:00", "day": ["mon"]}]"#,
            "unknown field \"day\"; did you mean \"days\"?"
        ),
    ])
    func `a mistake is told with its field`(members: String, words: String) {
        guard case .failure(let error) = schedule(members) else {
            Issue.record("taken: \(members)")
            return
        }
        #expect(error.diagnostics.contains { $0.description.contains(words) }, "\(error.diagnostics)")
    }

    @Test func `the clock on the wall is the one of this host's zone`() async throws {
        let shown = try await Subprocess.run(Command("/bin/date", ["+%u %H %M"])).output
        let now = LocalTime.now().minute
        let parts = shown.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        let minute = LocalTime(day: parts[0] - 1, minute: parts[1] * 60 + parts[2])
        #expect((0...2).contains(minute.minutes(until: LocalTime(day: 0, minute: now))))
    }

    private func schedule(_ members: String) -> Result<ScheduleSettings?, ConfigurationError> {
        HostConfiguration.load(Array(ConfigFile.text("\"schedule\": {\(members)}").utf8), file: "host.json")
            .map(\.schedule)
    }
}
