using StellarPipeline.Xdr.Ledgers;
using StellarPipeline.Xdr.Tests.Support;

namespace StellarPipeline.Xdr.Tests.Ledgers;

public class LedgerHeaderRulesTests
{
    private const ulong Second = 1_790_000_000;

    // A ledger of protocol 29, the ledger that upgrades to 30, and the ones after it.
    private static readonly LedgerPredecessor Of29 = new(76, 29, Second - 1, 0);
    private static readonly LedgerPredecessor Of30 = new(76, 30, Second, 250);

    public static TheoryData<string, LedgerHeaderProblem, string> Wrong => new()
    {
        { "arm 3 before", LedgerHeaderProblem.MillisecondsTooEarly,
            "has a close time in milliseconds (arm 3 of StellarValue), but ledger 76 before it has protocol 29" },
        { "arm 4 before", LedgerHeaderProblem.MillisecondsTooEarly,
            "has a close time in milliseconds (arm 4 of StellarValue), but ledger 76 before it has protocol 29" },
        { "arm 0 after", LedgerHeaderProblem.MillisecondsMissing,
            "has a close time in seconds only (arm 0 of StellarValue), but ledger 76 before it has protocol 30" },
        { "arm 1 after", LedgerHeaderProblem.MillisecondsMissing,
            "has a close time in seconds only (arm 1 of StellarValue), but ledger 76 before it has protocol 30" },
        { "arm 2 after", LedgerHeaderProblem.MillisecondsMissing,
            "has a close time in seconds only (arm 2 of StellarValue), but ledger 76 before it has protocol 30" },
        { "arm 2 in protocol 27", LedgerHeaderProblem.EmptySetTooEarly,
            "has a dropped transaction set (arm 2 of StellarValue), but ledger 76 before it has protocol 27" },
        { "disagree", LedgerHeaderProblem.CloseTimesDisagree,
            "closed at second 1790000001 and at millisecond 1790000000999, which are not the same time" },
        { "disagree by one", LedgerHeaderProblem.CloseTimesDisagree,
            "closed at second 1790000000 and at millisecond 1790000001000, which are not the same time" },
        { "other ledger", LedgerHeaderProblem.EmptySetOfOtherLedger, "previous ledger hash differs from the one in the header" },
        { "other protocol", LedgerHeaderProblem.EmptySetOfOtherProtocol,
            "for a ledger after protocol 29, but ledger 76 before it has protocol 30" },
        { "protocol back", LedgerHeaderProblem.ProtocolGoesBack,
            "has protocol 29, but ledger 76 before it has protocol 30: a network never goes back" },
        { "time back", LedgerHeaderProblem.TimeGoesBack, "closed at 1790000000.249 s, before ledger 76, which closed at 1790000000.250 s" },
        { "time still", LedgerHeaderProblem.TimeStandsStill, "closed at 1790000000.250 s, at the same time as ledger 76" },
        { "second back", LedgerHeaderProblem.TimeGoesBack,
            "closed at 1789999998.000 s, before ledger 76, which closed at 1789999999.000 s" },
        { "second still", LedgerHeaderProblem.TimeStandsStill, "closed at 1789999999.000 s, at the same time as ledger 76" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Check_WrongForm_IsFoundAndHasItsOwnWords(string form, LedgerHeaderProblem problem, string words)
    {
        (TestHeader header, LedgerPredecessor previous) = Make(form);
        var view = LedgerHeaderView.Parse(header.ToArray());

        Assert.Equal(problem, LedgerHeaderRules.Check(view, previous));
        string sentence = LedgerHeaderRules.Describe(problem, view, previous);
        Assert.StartsWith("Ledger 77 ", sentence, StringComparison.Ordinal);
        Assert.Contains(words, sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(29, 30, 1, 0UL)]
    [InlineData(29, 30, 2, 0UL)]
    [InlineData(30, 30, 3, 999UL)]
    [InlineData(30, 30, 4, 251UL)]
    [InlineData(30, 31, 3, 300UL)]
    [InlineData(31, 31, 4, 300UL)]
    [InlineData(27, 28, 1, 0UL)]
    [InlineData(28, 28, 2, 0UL)]
    [InlineData(0, 1, 0, 0UL)]
    public void Check_EveryRightForm_IsSound(uint before, uint own, int arm, ulong fraction)
    {
        LedgerPredecessor previous = before >= 30 ? Of30 with { ProtocolVersion = before } : Of29 with { ProtocolVersion = before };
        byte[] header = new TestHeader
        {
            Arm = arm, ProtocolVersion = own, ProposedVersion = before, Seconds = Second,
            Milliseconds = (Second * 1000) + fraction
        }.ToArray();

        Assert.Equal(LedgerHeaderProblem.None, LedgerHeaderRules.Check(LedgerHeaderView.Parse(header), previous));
    }

    [Theory]
    [InlineData(29, 3, 29, LedgerHeaderProblem.MillisecondsTooEarly,
        "has a close time in milliseconds (arm 3 of StellarValue), but its own protocol is 29")]
    [InlineData(0, 3, 0, LedgerHeaderProblem.MillisecondsTooEarly, "its own protocol is 0")]
    [InlineData(29, 4, 29, LedgerHeaderProblem.MillisecondsTooEarly, "(arm 4 of StellarValue), but its own protocol is 29")]
    [InlineData(27, 2, 27, LedgerHeaderProblem.EmptySetTooEarly,
        "has a dropped transaction set (arm 2 of StellarValue), but its own protocol is 27")]
    [InlineData(28, 2, 27, LedgerHeaderProblem.EmptySetTooEarly, "it names protocol 27 for the previous ledger")]
    [InlineData(30, 4, 29, LedgerHeaderProblem.MillisecondsTooEarly, "it names protocol 29 for the previous ledger")]
    [InlineData(30, 2, 30, LedgerHeaderProblem.MillisecondsMissing, "it names protocol 30 for the previous ledger")]
    [InlineData(28, 2, 29, LedgerHeaderProblem.EmptySetOfOtherProtocol, "for a ledger after protocol 29, but its own protocol is 28")]
    [InlineData(30, 4, 31, LedgerHeaderProblem.EmptySetOfOtherProtocol, "for a ledger after protocol 31, but its own protocol is 30")]
    public void Check_FormThatNoLedgerBeforeAllows_IsFoundWithoutKnowingIt(
        uint own, int arm, uint proposed, LedgerHeaderProblem problem, string words)
    {
        var header =
            LedgerHeaderView.Parse(new TestHeader { Arm = arm, ProtocolVersion = own, ProposedVersion = proposed }.ToArray());

        Assert.Equal(problem, LedgerHeaderRules.Check(header, null));
        Assert.Contains(words, LedgerHeaderRules.Describe(problem, header, null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(28, 2, 28)]
    [InlineData(30, 2, 29)]
    [InlineData(30, 4, 30)]
    [InlineData(31, 4, 30)]
    public void Check_DroppedSetThatFitsItsOwnProtocol_IsSound(uint own, int arm, uint proposed)
    {
        byte[] header = new TestHeader { Arm = arm, ProtocolVersion = own, ProposedVersion = proposed }.ToArray();

        Assert.Equal(LedgerHeaderProblem.None, LedgerHeaderRules.Check(LedgerHeaderView.Parse(header), null));
    }

    [Theory]
    [InlineData(30, 0)]
    [InlineData(30, 1)]
    [InlineData(30, 3)]
    [InlineData(29, 1)]
    public void Check_NothingKnownOfTheLedgerBefore_DecidesNothingByIt(uint own, int arm)
    {
        byte[] header = new TestHeader { Arm = arm, ProtocolVersion = own }.ToArray();

        Assert.Equal(LedgerHeaderProblem.None, LedgerHeaderRules.Check(LedgerHeaderView.Parse(header), null));
    }

    [Fact]
    public void Of_AHeader_TakesWhatTheNextOneIsJudgedBy()
    {
        byte[] header = new TestHeader { Seconds = Second, Milliseconds = (Second * 1000) + 7 }.ToArray();

        Assert.Equal(new LedgerPredecessor(77, 30, Second, 7), LedgerPredecessor.Of(LedgerHeaderView.Parse(header)));
    }

    [Fact]
    public void Protocols_AreOneRowEach_UpToTheNewest()
    {
        Assert.Equal(Enumerable.Range(0, (int)StellarProtocols.Newest + 1).Select(number => (uint)number),
            StellarProtocols.All.Select(protocol => protocol.Number));
        Assert.All(StellarProtocols.All, protocol => Assert.Equal(protocol.Change == "Nothing.", protocol.Source.Length == 0));
        Assert.True(StellarProtocols.IsKnown(StellarProtocols.Newest));
        Assert.False(StellarProtocols.IsKnown(StellarProtocols.Newest + 1));
        Assert.Equal("30 (Bell)", StellarProtocols.All[30].ToString());
    }

    private static (TestHeader Header, LedgerPredecessor Previous) Make(string form)
    {
        var old = new TestHeader { ProtocolVersion = 29, Arm = 1, Seconds = Second };
        var young = new TestHeader { ProtocolVersion = 30, Arm = 3, Seconds = Second, Milliseconds = (Second * 1000) + 300 };
        return form switch
        {
            "arm 3 before" => (young, Of29),
            "arm 4 before" => (young with { Arm = 4, ProposedVersion = 29 }, Of29),
            "arm 0 after" => (young with { Arm = 0 }, Of30),
            "arm 1 after" => (young with { Arm = 1 }, Of30),
            "arm 2 after" => (young with { Arm = 2 }, Of30),
            "arm 2 in protocol 27" =>
                (old with { Arm = 2, ProtocolVersion = 28, ProposedVersion = 27 }, Of29 with { ProtocolVersion = 27 }),
            "disagree" => (young with { Seconds = Second + 1, Milliseconds = (Second * 1000) + 999 }, Of30),
            "disagree by one" => (young with { Milliseconds = (Second + 1) * 1000 }, Of30),
            "other ledger" => (young with { Arm = 4, ProposedPreviousHash = TestHeader.Fill(9) }, Of30),
            "other protocol" => (young with { Arm = 4, ProposedVersion = 29 }, Of30),
            "protocol back" => (old, Of30 with { CloseTimeSeconds = 1 }),
            "time back" => (young with { Milliseconds = (Second * 1000) + 249 }, Of30),
            "time still" => (young with { Milliseconds = (Second * 1000) + 250 }, Of30),
            "second back" => (old with { Seconds = Second - 2 }, Of29),
            _ => (old with { Seconds = Second - 1 }, Of29),
        };
    }
}
