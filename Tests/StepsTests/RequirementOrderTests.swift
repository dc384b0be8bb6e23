import Testing

@testable import Steps

@Suite struct RequirementOrderTests {
    @Test func `those without needs begin one after the other, whatever becomes of the one before`() {
        var order = RequirementOrder([nil, nil, nil], width: 8)
        #expect(order.next() == [.start(0)])
        #expect(order.next() == [])
        order.ended(0, isMet: false)
        #expect(order.next() == [.start(1)])
        order.ended(1, isMet: true)
        #expect(order.next() == [.start(2)])
    }

    @Test func `those with needs begin as soon as these are met, beside others`() {
        var order = RequirementOrder([nil, nil, [0], [], [2, 3]], width: 8)
        #expect(order.next() == [.start(0), .start(3)])
        order.ended(3, isMet: true)
        #expect(order.next() == [])
        order.ended(0, isMet: true)
        #expect(order.next() == [.start(1), .start(2)])
        order.ended(2, isMet: true)
        #expect(order.next() == [.start(4)])
    }

    @Test func `what needs one that was not met is skipped, and so is what needs that`() {
        var order = RequirementOrder([[1], [2], [], []], width: 8)
        #expect(order.next() == [.start(2), .start(3)])
        order.ended(2, isMet: false)
        #expect(order.next() == [.skip(1, because: 2), .skip(0, because: 1)])
        #expect(!order.isDone)
        order.ended(3, isMet: true)
        #expect(order.isDone)
    }

    @Test func `no more run at once than there is room for`() {
        var order = RequirementOrder([[], [], [], nil], width: 2)
        #expect(order.next() == [.start(3), .start(0)])
        order.ended(0, isMet: true)
        #expect(order.next() == [.start(1)])
    }
}
