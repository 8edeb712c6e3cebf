using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Batches that are announced twice because a lease was lost: who has them now is not disturbed by who had them.</summary>
public sealed class ProofChainTests
{
    private static readonly LedgerSpan Lower = new(1000, 1001);
    private static readonly LedgerSpan Upper = new(1002, 1003);

    [Fact]
    public async Task JoinAsync_WhoHadTheBatchBeforeGivesItUp_NewHolderGoesOn()
    {
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(4);
        var proofs = new ProofChain(isDescending: true);
        proofs.Announce(Upper);
        proofs.Announce(Lower);
        proofs.Announce(Lower);
        proofs.Abandon(Lower);

        await proofs.JoinAsync(Upper, Chain(ledgers, 2), CancellationToken.None);
        LedgerChain whole = await proofs.JoinAsync(Lower, Chain(ledgers, 0), CancellationToken.None);

        Assert.Equal((1000u, 1003u), (whole.First, whole.Last));
    }

    [Fact]
    public async Task JoinAsync_LedgersAreCutInAnotherWayMeanwhile_OldHolderHasLostThem()
    {
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(4);
        var proofs = new ProofChain(isDescending: true);
        var all = new LedgerSpan(1000, 1003);
        proofs.Announce(all);
        proofs.Announce(Upper);

        await Assert.ThrowsAsync<LeaseLostException>(() => proofs.JoinAsync(all, Chain(ledgers, 0, 4), CancellationToken.None));
        proofs.Abandon(all);
        LedgerChain upper = await proofs.JoinAsync(Upper, Chain(ledgers, 2), CancellationToken.None);

        Assert.Equal((1002u, 1003u), (upper.First, upper.Last));
    }

    [Fact]
    public async Task JoinAsync_BatchAboveIsGivenUpForGood_EndsTheWait()
    {
        var proofs = new ProofChain(isDescending: true);
        proofs.Announce(Upper);
        proofs.Announce(Lower);
        Task<LedgerChain> waiting = proofs.JoinAsync(Lower, Chain(BackfillBench.Ledgers(2), 0), CancellationToken.None);
        Assert.False(waiting.IsCompleted);

        proofs.Abandon(Upper);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static LedgerChain Chain(List<GeneratedLedger> ledgers, int first, int count = 2)
    {
        var reader = new LedgerReader(BackfillBench.Network.Id);
        var chain = new LedgerChain();
        foreach (GeneratedLedger ledger in ledgers.Skip(first).Take(count)) chain.Append(reader.Read(ledger.CloseMeta.Span));
        return chain;
    }
}
