import Platform
import Support
import Testing

@testable import JSON

@Suite struct JSONErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let position = JSONPosition(line: 1, column: 2)
        let examples: [JSONError] =
            [
                .malformed(.comment, position), .malformed(.bareName, position),
                .unreadable(SystemCallError("open", AwkwardPlace.path, code: 13)),
            ]
            + [JSONMismatch.missing, .wrongType, .unknown, .invalid].flatMap { mismatch in
                [JSONError.value(mismatch, path: "steps[0].id", position), .value(mismatch, path: "", nil)]
            }
        #expect(ErrorWalk(JSONError.self, in: "JSON/JSONError.swift", examples).faults == [])
    }
}
