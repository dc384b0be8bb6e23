import Bundles
import FirstConfig
import Platform
import Projects
import Support
import Testing

@Suite struct FirstConfigErrorTests {
    @Test func `every error says what happened, where, and what to do about it`() throws {
        let path = AwkwardPlace.path
        let examples: [FirstConfigError] = [
            .exists(path: path, remedy: "move it away"), .noStart(folder: path),
            .unusable(option: "--name", reason: "r"),
            .badUnit(place: path, reason: "r"), .notUpdated(path: path, reason: "r", remedy: "do"),
            .project(.noStart(path: path)), .bundle(.manifest(path: path, reason: "r")),
            .system(SystemCallError("open", path, code: 13)), .stopped,
        ]
        #expect(ErrorWalk(FirstConfigError.self, in: "FirstConfig/FirstConfigError.swift", examples).faults == [])
    }
}
