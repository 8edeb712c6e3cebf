using System.Text;
using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Checkpoints;

/// <summary>Which checkpoint is the newest one, when an archive is in several places, and what is told about the choice.</summary>
public sealed class NewestCheckpointTests : IDisposable
{
    private const ulong Published = 1_700_000_000;

    private readonly TestArchive old = Make(63);
    private readonly TestArchive young = Make(127);

    public void Dispose()
    {
        old.Dispose();
        young.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Choose_OnePlaceIsStale_TakesTheNewestAndTellsWhoLags(bool isStaleFirst)
    {
        ChosenCheckpoint chosen = await Open(isStaleFirst ? [old, young] : [young, old]).ChooseCheckpointAsync(null);

        Assert.Equal(127U, chosen.Proof.Checkpoint);
        Assert.Equal($"{old.Folder} lags behind: its newest checkpoint is 63, 64 ledgers before 127, which was chosen.",
            Assert.Single(chosen.Remarks));
    }

    [Fact]
    public async Task Choose_NewestIsDamaged_TakesTheOneThatAnotherPlaceCanProveAndSaysWhy()
    {
        ArchiveDamage.CutOff(young.Written.LedgerPath, 100);

        ChosenCheckpoint chosen = await Open([young, old]).ChooseCheckpointAsync(null);

        Assert.Equal(63U, chosen.Proof.Checkpoint);
        string remark = Assert.Single(chosen.Remarks);
        Assert.Contains(
            $"Checkpoint 127, the newest of {young.Folder}, cannot be used now; checkpoint 63 was chosen instead. The reason:", remark,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choose_PlaceThatCannotSay_IsTold()
    {
        File.WriteAllText(old.Written.RootStatePath, "<html>Sign in</html>");

        ChosenCheckpoint chosen = await Open([old, young]).ChooseCheckpointAsync(null);

        Assert.Equal(127U, chosen.Proof.Checkpoint);
        Assert.Contains($"{old.Folder} could not name its newest checkpoint:", Assert.Single(chosen.Remarks), StringComparison.Ordinal);
        Assert.Contains("It is a web page", chosen.Remarks[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("headers")]
    [InlineData("bucket")]
    [InlineData("state")]
    public async Task Choose_FilesOfTheNewestAreNotThere_TakesTheOneBeforeAndSaysWhy(string missing)
    {
        CopyInto(old, young);
        File.Delete(missing switch
        {
            "headers" => young.Written.LedgerPath,
            "bucket" => Bucket(young),
            _ => young.Written.LedgerPath,
        });
        if (missing == "state")
            File.Delete(young.Written.StatePath);

        ChosenCheckpoint chosen = await Open([young]).ChooseCheckpointAsync(null);

        Assert.Equal(63U, chosen.Proof.Checkpoint);
        Assert.Contains("Checkpoint 127", Assert.Single(chosen.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choose_DamagedHeadersInTheOnlyPlace_IsAnErrorAndNoOlderCheckpoint()
    {
        CopyInto(old, young);
        ArchiveDamage.FlipContentByte(young.Written.LedgerPath, 100);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => Open([young]).ChooseCheckpointAsync(null));

        Assert.Equal(ArchiveErrorCode.HeaderHash, error.Code);
    }

    [Fact]
    public async Task Choose_NothingIsThere_SaysWhatTheNewestLacks()
    {
        File.Delete(young.Written.LedgerPath);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => Open([young]).ChooseCheckpointAsync(null));

        Assert.Equal(ArchiveErrorCode.HeadersMissing, error.Code);
        Assert.Contains("0000007f", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choose_PlacesOfTwoNetworks_AreRefused()
    {
        ArchiveDamage.EditState(old.Written, json => json["networkPassphrase"] = "Another Network");

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => Open([young, old]).ChooseCheckpointAsync(null));

        Assert.Equal((FailureKind.Usage, ArchiveErrorCode.StateNetwork), (error.Kind, error.Code));
        Assert.Contains("Another Network", error.Message, StringComparison.Ordinal);
        Assert.Contains(old.Folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choose_SomebodyDisagreesAboutTheNewest_IsNoReasonForAnOlderOne()
    {
        CopyInto(old, young);
        using TestArchive other = Make(127, seed: 9);
        var options = new HistoryArchiveOptions { ConfirmWith = [new DirectoryTransport(other.Folder)] };

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => Open([young], options).ChooseCheckpointAsync(null));

        Assert.Equal(ArchiveErrorCode.HeaderNotConfirmed, error.Code);
    }

    [Fact]
    public async Task Choose_ConfirmationLagsBehind_TakesTheCheckpointThatBothHave()
    {
        CopyInto(old, young);
        var options = new HistoryArchiveOptions { ConfirmWith = [new DirectoryTransport(old.Folder)] };

        ChosenCheckpoint chosen = await Open([young], options).ChooseCheckpointAsync(null);

        Assert.Equal(63U, chosen.Proof.Checkpoint);
        Assert.Equal([old.Folder], chosen.Proof.Trust.ConfirmedBy);
        Assert.Single(chosen.Remarks);
    }

    [Fact]
    public async Task Open_OnePlaceGivesSomethingElse_IsProvedByAnother()
    {
        using TestArchive same = Make(127);
        File.WriteAllText(young.Written.StatePath, "<html>Sign in</html>");
        ArchiveDamage.CutOff(same.Written.LedgerPath, 50);
        using TestArchive good = Make(127);

        CheckpointProof proof = await Open([young, same, good]).OpenCheckpointAsync(127);

        Assert.Equal(127U, proof.Checkpoint);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Choose_OnePlaceClaimsANewerProtocol_OrderOfPlacesDecidesNothing(bool isAheadFirst)
    {
        using TestArchive ahead = Make(127, protocol: 31);

        ChosenCheckpoint chosen = await Open(isAheadFirst ? [ahead, young] : [young, ahead]).ChooseCheckpointAsync(null);
        CheckpointProof opened = await Open(isAheadFirst ? [ahead, young] : [young, ahead]).OpenCheckpointAsync(127);

        Assert.Equal((127U, new Hash256(young.Written.HeaderHash)), (chosen.Proof.Checkpoint, chosen.Proof.HeaderHash));
        Assert.Equal(chosen.Proof.HeaderHash, opened.HeaderHash);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Choose_OnePlaceIsAheadAndTheOtherDamaged_SaysThatANewerProgramIsNeeded(bool isAheadFirst)
    {
        using TestArchive ahead = Make(127, protocol: 31);
        ArchiveDamage.CutOff(young.Written.LedgerPath, 100);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(
            () => Open(isAheadFirst ? [ahead, young] : [young, ahead]).ChooseCheckpointAsync(null));

        Assert.Equal((FailureKind.NetworkAhead, ArchiveErrorCode.ProtocolUnsupported), (error.Kind, error.Code));
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(-90, "closes 90 minutes from now")]
    public async Task Choose_NewestIsOfTheFuture_IsARemark(int minutes, string? words)
    {
        ChosenCheckpoint chosen = await Open([young], minutes: minutes).ChooseCheckpointAsync(null);
        Assert.Equal(words is null ? [] : [words],
            chosen.Remarks.Where(remark => remark.Contains(words ?? "", StringComparison.Ordinal)).Select(_ => words!));
    }

    [Theory]
    [InlineData(59, null)]
    [InlineData(90, "90 minutes ago")]
    [InlineData(60 * 24 * 365, "365 days ago")]
    public async Task Choose_NewestIsOlderThanAnHour_IsARemark(int minutes, string? words)
    {
        ChosenCheckpoint chosen = await Open([young], minutes: minutes).ChooseCheckpointAsync(null);
        Assert.Equal(words is null ? 0 : 1, chosen.Remarks.Count(remark => remark.Contains($"closed {words}", StringComparison.Ordinal)));
        Assert.Empty((await Open([young], minutes: minutes).ChooseCheckpointAsync(127)).Remarks);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(127U)]
    public async Task Choose_OlderThanAllowed_IsRefused(uint? checkpoint)
    {
        var options = new HistoryArchiveOptions { MaxAge = TimeSpan.FromHours(2) };
        Assert.Equal(127U, (await Open([young], options, minutes: 119).ChooseCheckpointAsync(checkpoint)).Proof.Checkpoint);

        ArchiveException error =
            await Assert.ThrowsAsync<ArchiveException>(() => Open([young], options, minutes: 121).ChooseCheckpointAsync(checkpoint));

        Assert.Equal((FailureKind.Usage, ArchiveErrorCode.CheckpointAge), (error.Kind, error.Code));
        Assert.Contains("closed 2 hours ago", error.Message, StringComparison.Ordinal);
    }

    private static TestArchive Make(uint checkpoint, int seed = 1, uint? protocol = null)
    {
        var settings = new ArchiveSettings
        {
            CheckpointLedger = checkpoint,
            EditHeader = (ledger, header) =>
            {
                header.CloseTime = Published - (5 * (127UL - ledger));
                header.LedgerVersion = protocol ?? header.LedgerVersion;
            },
        };
        return TestArchive.OfBuckets(
            settings, true, ManyAccounts.Make((int)checkpoint + seed, 5), ManyAccounts.Make((int)checkpoint + seed + 1, 5));
    }

    private static HistoryArchive Open(TestArchive[] archives, HistoryArchiveOptions? options = null, int minutes = 1)
    {
        var mirrors = new MirrorTransport([.. archives.Select(archive => new DirectoryTransport(archive.Folder))]);
        var transport = new PublicationTransport(mirrors, null, new TestClock());
        return new HistoryArchive(
            transport, options, new FixedClock(DateTimeOffset.FromUnixTimeSeconds((long)Published).AddMinutes(minutes)));
    }

    private static void CopyInto(TestArchive from, TestArchive to)
    {
        foreach (string file in Directory.GetFiles(from.Folder, "*", SearchOption.AllDirectories))
        {
            string target = to.PathOf(Path.GetRelativePath(from.Folder, file));
            if (File.Exists(target))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static string Bucket(TestArchive archive)
    {
        ArchiveState state = ArchiveStateParser.Parse(Encoding.UTF8.GetBytes(File.ReadAllText(archive.Written.StatePath)), "state");
        return archive.PathOf(ArchivePath.Bucket(state.Buckets(BucketListKind.Live)[0].Hash));
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
