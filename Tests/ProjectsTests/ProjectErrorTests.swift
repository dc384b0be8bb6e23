import Platform
import Projects
import Support
import Testing

@Suite struct ProjectErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let path = AwkwardPlace.path
        let examples: [ProjectError] = [
            .unreadable(path: path, reason: "r"), .noStart(path: path), .badStart(place: path, reason: "r"),
            .system(SystemCallError("open", path, code: 13)),
        ]
        #expect(ErrorWalk(ProjectError.self, in: "Projects/ProjectError.swift", examples).faults == [])
    }
}
