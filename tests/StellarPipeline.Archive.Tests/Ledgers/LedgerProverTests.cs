using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Archive.Tests.Generator;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Ledgers;

/// <summary>A range is proved in batches at the same time, as if it had been proved one by one.</summary>
public sealed class LedgerProverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private async Task<LedgerProof?> ProveAsync(uint first, uint? last, params LedgerAnchor[] anchors)
    {
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path, new LedgerStoreOptions { BudgetBytes = 1 << 20 });
        try
        {
            return await new LedgerProver(LedgerSamples.NetworkId(), anchors) { Workers = 3 }.ProveAsync(
                store, new LedgerRange(first, last), cancellationToken: Deadline.Token);
        }
        finally
        {
            Assert.Equal(0, store.Budget.LentBytes);
        }
    }

    private async Task<LedgerException> ErrorAsync() => await Assert.ThrowsAnyAsync<LedgerException>(() => ProveAsync(1000, 1199));

    private static Hash256 HashOf(uint ledger) => new(LedgerSamples.View(LedgerSamples.BytesOf(ledger)).HeaderEntry().Hash);

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Prove_WholeRange_GivesItsEndsAndItsAnchor(int perObject)
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 200, perObject);

        LedgerProof? proof = await ProveAsync(1000, 1199, LedgerAnchor.Trusted(1150, HashOf(1150)));

        Assert.Equal((1000u, HashOf(1000), 1199u, HashOf(1199)), (proof!.First, proof.FirstHash, proof.Last, proof.LastHash));
        Assert.Equal(1150u, proof.AnchoredTo);
        Assert.Null(await ProveAsync(5000, null));
    }

    [Fact]
    public async Task Prove_ALedgerThatWasChanged_NamesIt()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 200);
        LedgerSamples.Change(LedgerSamples.PathOf(folder.Path, 1111), content =>
        {
            // The bucket list hash, which decodes as well as before.
            byte[] ledger = content[12..];
            Assert.True(ledger.AsSpan().Overlaps(LedgerSamples.View(ledger).HeaderEntry().Header.BucketListHash, out int offset));
            content[12 + offset] ^= 1;
            return content;
        });

        LedgerException error = await ErrorAsync();

        Assert.Equal((LedgerErrorCode.HeaderHash, 1111u), (error.Code, error.Ledger));
        Assert.Equal(LedgerSamples.PathOf(folder.Path, 1111), error.File);
    }

    [Fact]
    public async Task Prove_HoleAfterALedgerThatWasChanged_TellsTheFirstFault()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 200);
        File.Delete(LedgerSamples.PathOf(folder.Path, 1015));
        LedgerSamples.Change(LedgerSamples.PathOf(folder.Path, 1011), content =>
        {
            content[^1] ^= 1;
            return content;
        });
        bool isFormat = (await ErrorAsync()).Ledger == 1011;
        File.Delete(LedgerSamples.PathOf(folder.Path, 1011));

        Assert.True(isFormat);
        Assert.Equal(1011u, (await ErrorAsync()).Ledger);
    }

    [Fact]
    public async Task Prove_LedgersOfTwoHistories_DoNotChain()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 200, 10);
        using var other = new TemporaryFolder();
        var options = new LedgerGeneratorOptions { FirstLedger = 1100, Transactions = 3, Seed = 9 };
        LedgerDataStore.Write(other.Path, LedgerSamples.Passphrase, LedgerSamples.Generate(options, 10), 10);
        File.Copy(LedgerSamples.PathOf(other.Path, 1100, 10), LedgerSamples.PathOf(folder.Path, 1100, 10), overwrite: true);

        LedgerException error = await ErrorAsync();

        Assert.Equal((LedgerErrorCode.Chain, 1100u), (error.Code, error.Ledger));
    }

    [Fact]
    public async Task Prove_LedgersOfAnotherNetwork_AreRefused()
    {
        LedgerSamples.WriteStore(folder.Path, 1000, 20);
        await using LedgerStore store = await LedgerSamples.OpenAsync(folder.Path);
        var prover = new LedgerProver(LedgerSamples.NetworkId("Public Global Stellar Network ; September 2015"));

        LedgerException error = await Assert.ThrowsAsync<LedgerException>(() => prover.ProveAsync(store, new LedgerRange(1000, null)));

        Assert.Equal(LedgerErrorCode.Format, error.Code);
        Assert.Contains("another network", error.Message, StringComparison.Ordinal);
    }
}
