using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.TestSupport;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>Ledgers that follow each other, in one chain or in many that are joined, and what anchors them.</summary>
public sealed class LedgerChainTests
{
    private static LedgerChain Chain(uint first, uint last, params LedgerAnchor[] anchors)
    {
        var chain = new LedgerChain(anchors);
        foreach (uint ledger in LedgerSamples.Numbers(first, last))
            chain.Append(LedgerSamples.View(LedgerSamples.BytesOf(ledger)), $"ledger {ledger}");
        return chain;
    }

    private static Hash256 HashOf(uint ledger) => new(LedgerSamples.View(LedgerSamples.BytesOf(ledger)).HeaderEntry().Hash);

    private static LedgerException Error(Action act) => Assert.Throws<LedgerException>(act);

    [Fact]
    public void Append_Consecutive_KeepsBothEnds()
    {
        LedgerChain chain = Chain(1010, 1030);

        Assert.Equal((1010u, 1030u, 21L), (chain.First, chain.Last, chain.Count));
        Assert.Equal((HashOf(1009), HashOf(1010), HashOf(1030)), (chain.PreviousHash, chain.FirstHash, chain.LastHash));
        Assert.Null(chain.Anchor);
        Assert.False(chain.ToProof().IsAnchored);
    }

    [Fact]
    public void Join_BatchesInOrder_GivesTheProofOfOneChain()
    {
        var anchor = LedgerAnchor.Trusted(1033, HashOf(1033));
        LedgerChain whole = Chain(1010, 1060, anchor);
        var joined = new LedgerChain([anchor]);
        foreach ((uint first, uint last) in new[] { (1010u, 1010u), (1011u, 1032u), (1033u, 1050u), (1051u, 1060u) })
            joined.Join(Chain(first, last, anchor));
        joined.Join(new LedgerChain());

        Assert.Equal(whole.ToProof(), joined.ToProof());
        Assert.Equal(whole.Count, joined.Count);
        Assert.Equal(1033u, joined.ToProof().AnchoredTo);
    }

    [Fact]
    public void AppendAndJoin_GapOrRepetition_IsRefused()
    {
        Assert.Equal(LedgerErrorCode.Order, Error(() => Chain(1010, 1020).Append(LedgerSamples.View(LedgerSamples.BytesOf(1022)))).Code);
        Assert.Equal(LedgerErrorCode.Order, Error(() => Chain(1010, 1020).Append(LedgerSamples.View(LedgerSamples.BytesOf(1020)))).Code);
        Assert.Equal(LedgerErrorCode.Order, Error(() => Chain(1010, 1020).Join(Chain(1022, 1030))).Code);
        Assert.Equal(LedgerErrorCode.Order, Error(() => Chain(1010, 1020).Join(Chain(1015, 1030))).Code);
    }

    [Fact]
    public void AppendAndJoin_LedgerOfAnotherHistory_IsRefused()
    {
        GeneratedLedger[] others =
            [.. LedgerSamples.Generate(new LedgerGeneratorOptions { FirstLedger = 1021, Transactions = 1, Seed = 7 }, 3)];
        var other = new LedgerChain();
        foreach (GeneratedLedger ledger in others)
            other.Append(LedgerSamples.View(ledger.CloseMeta.ToArray()));

        LedgerException append = Error(() => Chain(1010, 1020).Append(LedgerSamples.View(others[0].CloseMeta.ToArray()), "here"));
        LedgerException join = Error(() => Chain(1010, 1020).Join(other));

        Assert.Equal((LedgerErrorCode.Chain, 1021u), (append.Code, append.Ledger));
        Assert.Contains("(here)", append.Message, StringComparison.Ordinal);
        Assert.Equal((LedgerErrorCode.Chain, 1021u), (join.Code, join.Ledger));
    }

    // A header that follows by its hash, with a value that no network agrees on.
    [Fact]
    public void AppendAndJoin_TimeThatGoesBack_IsRefused()
    {
        (byte[] before, byte[] after) = Altered(header => header[68 + 7] += 100);

        Assert.Equal(LedgerErrorCode.HeaderValue, Error(() => Of(before).Join(Of(after))).Code);
        Assert.Equal(LedgerErrorCode.HeaderValue, Error(() => Of(before).Append(LedgerSamples.View(after))).Code);
    }

    // make-datastore and load tools write such ledgers.
    [Fact]
    public void AppendAndJoin_ProtocolThatGoesBack_IsTakenAndTold()
    {
        (byte[] before, byte[] after) = Altered(header => header[3] = 24);
        LedgerChain joined = Of(before);
        joined.Join(Of(after));
        LedgerChain appended = Of(before);
        appended.Append(LedgerSamples.View(after));

        Assert.Equal((2L, 1L), (joined.Count, joined.OddityCount));
        Assert.Equal(appended.ToProof(), joined.ToProof());
        Assert.Contains("a network never goes back", joined.ToProof().ToString(), StringComparison.Ordinal);
    }

    private static LedgerChain Of(byte[] ledger)
    {
        var chain = new LedgerChain();
        chain.Append(LedgerSamples.View(ledger));
        return chain;
    }

    private static (byte[] Before, byte[] After) Altered(HeaderChange change)
    {
        byte[] before = LedgerSamples.BytesOf(1000);
        byte[] after = LedgerSamples.BytesOf(1001);
        Reseal(before, change);
        Hash256 hash = new(LedgerSamples.View(before).HeaderEntry().Hash);
        Reseal(after, header => hash.CopyTo(header[4..]));
        return (before, after);
    }

    [Fact]
    public void Anchor_OfTheLastLedger_CarriesAll()
    {
        LedgerProof proof = Chain(1010, 1030, LedgerAnchor.Trusted(1030, HashOf(1030))).ToProof();

        Assert.True(proof.IsAnchored);
        Assert.Contains("All of them rest on the trusted hash", proof.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Anchor_BeforeOrInside_CarriesOnlyWhatIsBeforeIt()
    {
        LedgerProof inside =
            Chain(1010, 1030, LedgerAnchor.Trusted(1020, HashOf(1020)), LedgerAnchor.Trusted(1015, HashOf(1015))).ToProof();
        LedgerProof before = Chain(1010, 1030, LedgerAnchor.Trusted(1009, HashOf(1009))).ToProof();

        Assert.Equal(1020u, inside.AnchoredTo);
        Assert.False(inside.IsAnchored);
        Assert.Contains("those after 1020 follow them, and rest on the source alone", inside.ToString(), StringComparison.Ordinal);
        Assert.Null(before.AnchoredTo);
        Assert.Contains("They follow ledger 1009", before.ToString(), StringComparison.Ordinal);
        Assert.Contains("No hash from another source", Chain(1010, 1011).ToProof().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Anchor_AnotherHash_IsRefused()
    {
        LedgerException at = Error(() => Chain(1010, 1030, LedgerAnchor.Trusted(1020, HashOf(1019))));
        LedgerException before = Error(() => Chain(1010, 1030, LedgerAnchor.Trusted(1009, HashOf(1010))));

        Assert.Equal((LedgerErrorCode.Anchor, 1020u), (at.Code, at.Ledger));
        Assert.Equal((LedgerErrorCode.Anchor, 1010u), (before.Code, before.Ledger));
    }

    [SkippableTheory]
    [InlineData(247361, 247400, 247400, 247423)]
    [InlineData(247420, 247500, 247487, 247487)]
    [InlineData(247488, 247500, 247487, 247487)]
    public async Task ReadAnchor_OfAnArchive_TakesTheCheckpointThatCarriesMost(uint first, uint last, uint ledger, uint checkpoint)
    {
        IArchiveTransport archive = ArchiveTransport.Create(SampleData.Require("archives/futurenet-p25"));

        LedgerAnchor anchor = await LedgerAnchor.ReadAsync(archive, null, first, last);

        Assert.Equal(ledger, anchor.Ledger);
        Assert.Contains($"checkpoint {checkpoint} ", anchor.Origin, StringComparison.Ordinal);
        Assert.False(anchor.Hash.IsZero);
    }

    [SkippableFact]
    public async Task ReadAnchor_ArchiveWithoutSuchACheckpoint_IsRefused()
    {
        IArchiveTransport archive = ArchiveTransport.Create(SampleData.Require("archives/futurenet-p25"));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => LedgerAnchor.ReadAsync(archive, null, 1000, 1100));

        Assert.Equal(LedgerErrorCode.AnchorMissing, error.Code);
    }

    private delegate void HeaderChange(Span<byte> header);

    private static void Reseal(byte[] ledger, HeaderChange change)
    {
        ReadOnlySpan<byte> encoded = LedgerSamples.View(ledger).HeaderEntry().Header.Encoded;
        Assert.True(ledger.AsSpan().Overlaps(encoded, out int offset));
        Span<byte> header = ledger.AsSpan(offset, encoded.Length);
        change(header);
        Hash256.Of(header).CopyTo(ledger.AsSpan(offset - Hash256.LengthBytes));
    }
}
