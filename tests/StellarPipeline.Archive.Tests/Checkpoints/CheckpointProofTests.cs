using System.Security.Cryptography;
using System.Text.Json.Nodes;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Tests.Checkpoints;

public sealed class CheckpointProofTests
{
    private const string Network = "Standalone Network ; February 2017";

    [Theory]
    [InlineData(63U, 64U, 25U)]
    [InlineData(127U, 64U, 22U)]
    [InlineData(4_294_967_295U, 64U, 23U)]
    [InlineData(7U, 8U, 28U)]
    [InlineData(15U, 8U, 10U)]
    public async Task OpenCheckpoint_SoundArchive_IsProved(uint checkpoint, uint frequency, uint protocol)
    {
        var settings =
            new ArchiveSettings { CheckpointLedger = checkpoint, CheckpointFrequency = frequency, Protocol = protocol, BaseReserve = 77 };
        using TestArchive archive = Archive(settings);

        Assert.Equal(checkpoint, await archive.Open().LatestCheckpointAsync());
        CheckpointProof proof = await archive.ProveAsync();

        Assert.Equal(checkpoint, proof.Checkpoint);
        Assert.Equal(protocol, proof.ProtocolVersion);
        Assert.Equal(Network, proof.NetworkPassphrase);
        Assert.Equal(77U, proof.BaseReserve);
        Assert.Equal(new Hash256(archive.Written.HeaderHash), proof.HeaderHash);
        Assert.Equal(new Hash256(archive.Written.BucketListHash), proof.BucketListHash);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds((long)proof.Header.CloseTimeSeconds), proof.CloseTime);
        Assert.Equal(protocol >= 23 ? 2 : 1, proof.State.Version);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 6, true)]
    [InlineData(2, 1, true)]
    [InlineData(3, 2, false)]
    [InlineData(4, 6, true)]
    public async Task OpenCheckpoint_EveryFormOfHeader_IsRead(int valueExtension, int upgrades, bool flags)
    {
        bool hasMilliseconds = valueExtension >= 3;
        using TestArchive archive = Archive(new ArchiveSettings
        {
            Protocol = hasMilliseconds ? 30U : 28U,
            EditHeader = (ledger, header) =>
            {
                if (ledger != 63) return;
                header.ValueExtension = valueExtension;
                header.Upgrades = Enumerable.Range(0, upgrades).Select(i => new byte[128 - i]).ToArray();
                header.Flags = flags ? 3U : null;
                header.CloseTime = 1_725_274_219;
                header.CloseTimeMilliseconds = 1_725_274_219_250;
            },
        });

        CheckpointProof proof = await archive.ProveAsync();

        Assert.Equal(new DateTimeOffset(2024, 9, 2, 10, 50, 19, hasMilliseconds ? 250 : 0, TimeSpan.Zero), proof.CloseTime);
        Assert.Equal(hasMilliseconds ? 1_725_274_219_250UL : null, proof.Header.CloseTimeMilliseconds);
    }

    [Fact]
    public async Task CloseTime_AfterTheYear9999_IsTheEndOfThatYear()
    {
        using TestArchive archive =
            Archive(new ArchiveSettings { EditHeader = (ledger, header) => header.CloseTime = ledger == 63 ? ulong.MaxValue : ledger });

        Assert.Equal(9999, (await archive.ProveAsync()).CloseTime.Year);
    }

    [Fact]
    public async Task OpenCheckpoint_LedgerThatEndsNone_IsAUsageError()
    {
        using TestArchive archive = Archive();

        ArchiveException error =
            await FailAsync(() => archive.Open().OpenCheckpointAsync(64), ArchiveErrorCode.CheckpointSequence, FailureKind.Usage);

        Assert.Contains("use 63 or 127", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_NumberedStateNotYetThere_UsesTheRoot()
    {
        using TestArchive archive = Archive();
        File.Delete(archive.Written.StatePath);

        Assert.Equal(63U, (await archive.ProveAsync()).Checkpoint);
    }

    [Fact]
    public async Task OpenCheckpoint_NotPublished_NamesTheNewest()
    {
        using TestArchive archive = Archive();

        ArchiveException error = await FailAsync(() => archive.Open().OpenCheckpointAsync(127), ArchiveErrorCode.StateMissing);

        Assert.Equal("history/00/00/00/history-0000007f.json", error.File);
        Assert.Contains("has no checkpoint 127", error.Message, StringComparison.Ordinal);
        Assert.Contains("Its newest published checkpoint is 63.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_NoStateAtAll_SaysSo()
    {
        using TestArchive archive = Archive();
        File.Delete(archive.Written.StatePath);
        File.Delete(archive.Written.RootStatePath);

        ArchiveException error = await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.StateMissing);
        Assert.Contains("has not published any checkpoint", error.Message, StringComparison.Ordinal);
        await FailAsync(() => archive.Open().LatestCheckpointAsync(), ArchiveErrorCode.StateMissing);
    }

    [Fact]
    public async Task LatestCheckpoint_ArchiveWithoutCheckpoint_SaysNothingPublished()
    {
        using TestArchive archive = Archive();
        ArchiveDamage.EditState(archive.Written, json => json["currentLedger"] = 0);

        await FailAsync(() => archive.Open().LatestCheckpointAsync(), ArchiveErrorCode.NothingPublished);
    }

    [Fact]
    public async Task LatestCheckpoint_OtherFrequency_AsksWhetherItIsWrong()
    {
        using TestArchive archive = Archive(new ArchiveSettings { CheckpointLedger = 71, CheckpointFrequency = 8 });

        ArchiveException error = await FailAsync(
            () => HistoryArchive.Open(archive.Folder).LatestCheckpointAsync(), ArchiveErrorCode.CheckpointFrequency, FailureKind.Usage);

        Assert.Contains("Is the checkpoint frequency wrong?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_StateOfAnotherLedger_IsRefused()
    {
        using TestArchive archive = Archive();
        ArchiveDamage.EditState(archive.Written, json => json["currentLedger"] = 127);

        await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.StateSequence);
    }

    [Fact]
    public async Task OpenCheckpoint_OfAnotherNetwork_IsAUsageError()
    {
        using TestArchive archive = Archive();

        ArchiveException error = await FailAsync(
            () => archive.ProveAsync(new HistoryArchiveOptions { NetworkPassphrase = "Public Global Stellar Network ; September 2015" }),
            ArchiveErrorCode.StateNetwork,
            FailureKind.Usage);

        Assert.StartsWith("Wrong network:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_OldStateWithoutNetwork_TakesTheExpectedOne()
    {
        using TestArchive archive = Archive(new ArchiveSettings { Protocol = 12, Passphrase = null });

        Assert.Null((await archive.ProveAsync()).NetworkPassphrase);
        Assert.Equal("mine", (await archive.ProveAsync(new HistoryArchiveOptions { NetworkPassphrase = "mine" })).NetworkPassphrase);
    }

    [Theory]
    [InlineData(25U, 1)]
    [InlineData(22U, 2)]
    public async Task OpenCheckpoint_StateVersionThatItsProtocolDoesNotHave_IsRefused(uint protocol, int version)
    {
        using TestArchive archive = Archive(new ArchiveSettings { Protocol = protocol });
        ArchiveDamage.EditState(archive.Written, json =>
        {
            json["version"] = version;
            if (version == 2)
                json["hotArchiveBuckets"] = json["currentBuckets"]!.DeepClone();
        });

        await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.StateVersion);
    }

    [Theory]
    [InlineData("currentBuckets", 10, "curr")]
    [InlineData("currentBuckets", 0, "snap")]
    [InlineData("hotArchiveBuckets", 3, "curr")]
    public async Task OpenCheckpoint_ChangedBucketName_BreaksTheCommitment(string list, int level, string member)
    {
        using TestArchive archive = Archive();
        ArchiveDamage.EditState(archive.Written, json => json[list]![level]![member] = new string('a', 64));

        ArchiveException error = await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.BucketListHash);

        Assert.Contains(Convert.ToHexStringLower(archive.Written.BucketListHash), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_SwappedBuckets_BreakTheCommitment()
    {
        using var archive = TestArchive.OfBuckets([new AccountBuilder().Live()], [new OfferBuilder().Init()]);
        ArchiveDamage.EditState(archive.Written, json =>
        {
            string curr = (string)json["currentBuckets"]![0]!["curr"]!;
            json["currentBuckets"]![0]!["curr"] = (string)json["currentBuckets"]![0]!["snap"]!;
            json["currentBuckets"]![0]!["snap"] = curr;
        });

        await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.BucketListHash);
    }

    [Fact]
    public async Task OpenCheckpoint_PendingMerge_IsNoPartOfTheState()
    {
        using TestArchive archive = Archive();
        ArchiveDamage.EditState(
            archive.Written,
            json => json["currentBuckets"]![4]!["next"] = new JsonObject { ["state"] = 1, ["output"] = new string('b', 64) });

        Assert.Equal(63U, (await archive.ProveAsync()).Checkpoint);
    }

    [Fact]
    public async Task OpenCheckpoint_TrustedHash_AnchorsTheChain()
    {
        using TestArchive archive = Archive();
        var trusted = new Hash256(archive.Written.HeaderHash);

        Assert.Equal(trusted, (await archive.ProveAsync(new HistoryArchiveOptions { TrustedLedgerHash = trusted })).HeaderHash);
        ArchiveException error = await FailAsync(
            () => archive.ProveAsync(new HistoryArchiveOptions { TrustedLedgerHash = Hash256.Of("other"u8) }), ArchiveErrorCode.HeaderHash);
        Assert.Contains("trusted", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_HeaderFileMissing_IsRefused()
    {
        using TestArchive archive = Archive();
        File.Delete(archive.Written.LedgerPath);

        await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.HeadersMissing);
    }

    public static TheoryData<string, Action<List<byte[]>>, string> HeaderDamages => new()
    {
        { "wrong hash beside the header", headers => headers[5][0] ^= 1, ArchiveErrorCode.HeaderHash },
        { "changed header", headers => headers[5][32 + 4 + 32 + 39] ^= 1, ArchiveErrorCode.HeaderHash },
        { "changed last header", headers => headers[^1][^8] ^= 1, ArchiveErrorCode.XdrFormat },
        { "changed base reserve of the last header", headers => headers[^1][^140] ^= 1, ArchiveErrorCode.HeaderHash },
        { "one header missing", headers => headers.RemoveAt(7), ArchiveErrorCode.HeaderChain },
        { "first header missing", headers => headers.RemoveAt(0), ArchiveErrorCode.HeaderChain },
        { "last header missing", headers => headers.RemoveAt(headers.Count - 1), ArchiveErrorCode.HeaderCount },
        { "no header", headers => headers.Clear(), ArchiveErrorCode.HeaderCount },
        { "a header twice", headers => headers.Insert(8, headers[7]), ArchiveErrorCode.HeaderChain },
        { "a header too many", headers => headers.Add(Rehashed(headers[^1], body => body[SequenceOffset(body) + 3]++)),
            ArchiveErrorCode.HeaderCount },
        { "two headers swapped", headers => (headers[3], headers[4]) = (headers[4], headers[3]), ArchiveErrorCode.HeaderChain },
        { "another sequence", headers => headers[3] = Rehashed(headers[3], body => body[SequenceOffset(body) + 3] ^= 0x40),
            ArchiveErrorCode.HeaderChain },
        { "broken link", headers => headers[3] = Rehashed(headers[3], body => body[4] ^= 1), ArchiveErrorCode.HeaderChain },
        { "protocol 31", headers => headers[^1] = Rehashed(headers[^1], body => body[3] = 31), ArchiveErrorCode.ProtocolUnsupported },
        { "extension of the header", headers => headers[2] = Rehashed(headers[2], body => body[^1] = 2), ArchiveErrorCode.XdrFormat },
        { "extension of the entry", headers => headers[2][^1] = 1, ArchiveErrorCode.XdrFormat },
        { "extension of the value", headers => headers[2] = Rehashed(headers[2], body => body[4 + 32 + 32 + 8 + 4 + 3] = 3),
            ArchiveErrorCode.XdrFormat },
        { "seven upgrades", headers => headers[2] = Rehashed(headers[2], body => body[4 + 32 + 32 + 8 + 3] = 7),
            ArchiveErrorCode.XdrFormat },
        { "four bytes too many", headers => headers[2] = [.. headers[2], 0, 0, 0, 0], ArchiveErrorCode.RecordTrailing },
        { "four bytes too few", headers => headers[2] = headers[2][..^4], ArchiveErrorCode.XdrFormat },
        { "too large a record", headers => headers[2] = new byte[16_388], ArchiveErrorCode.RecordHeader },
    };

    [Theory]
    [MemberData(nameof(HeaderDamages), DisableDiscoveryEnumeration = true)]
    public async Task OpenCheckpoint_DamagedHeaders_AreRefusedWithTheirCode(string name, Action<List<byte[]>> damage, string code)
    {
        Assert.NotNull(name);
        using TestArchive archive = Archive();
        ArchiveDamage.EditHeaders(archive.Written, damage);

        ArchiveException error = await FailAsync(() => archive.ProveAsync(), code,
            code == ArchiveErrorCode.ProtocolUnsupported ? FailureKind.NetworkAhead : FailureKind.Archive);

        Assert.Equal("ledger/00/00/00/ledger-0000003f.xdr.gz", error.File);
        if (error.Record is { } record)
            Assert.Matches($"[Rr]ecord {record} at byte [0-9,]+ of ledger/00/00/00/ledger-0000003f.xdr.gz", error.Message);
        else
            Assert.Equal(ArchiveErrorCode.HeaderCount, code);
    }

    [Fact]
    public async Task OpenCheckpoint_BrokenLinkWithConsistentHashes_IsRefused()
    {
        using TestArchive archive = Archive();
        ArchiveDamage.BreakHeaderLink(archive.Written, 10);

        ArchiveException error = await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.HeaderChain);

        Assert.Equal(11, error.Record);
        Assert.Contains("ledger 11 names", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1, ArchiveErrorCode.RecordTruncated)]
    [InlineData(-400, ArchiveErrorCode.RecordTruncated)]
    [InlineData(2, ArchiveErrorCode.RecordHeader)]
    [InlineData(4, ArchiveErrorCode.RecordTruncated)]
    public async Task OpenCheckpoint_HeaderFileWithCutContent_IsRefused(int keep, string code)
    {
        using TestArchive archive = Archive();
        byte[] content = GzipFiles.Read(archive.Written.LedgerPath);
        GzipFiles.Write(archive.Written.LedgerPath, content.AsSpan(0, keep < 0 ? content.Length + keep : keep));

        await FailAsync(() => archive.ProveAsync(), code);
    }

    [Theory]
    [InlineData(-3, ArchiveErrorCode.GzipTruncated)]
    [InlineData(0, ArchiveErrorCode.GzipTruncated)]
    public async Task OpenCheckpoint_CutHeaderFile_IsRefused(long keep, string code)
    {
        using TestArchive archive = Archive();
        ArchiveDamage.CutOff(archive.Written.LedgerPath, keep);

        ArchiveException error = await FailAsync(() => archive.ProveAsync(), code);

        Assert.Contains("ledger/00/00/00/ledger-0000003f.xdr.gz", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_EnormousHeaderFile_IsRefusedWithinItsBound()
    {
        using TestArchive archive = Archive();
        GzipFiles.Write(archive.Written.LedgerPath, new byte[20 * 1024 * 1024]);

        await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.SizeLimit);
    }

    [Fact]
    public async Task OpenCheckpoint_EnormousState_IsRefusedWithinItsBound()
    {
        using TestArchive archive = Archive();
        await File.WriteAllBytesAsync(archive.Written.StatePath, new byte[2 * 1024 * 1024]);

        await FailAsync(() => archive.ProveAsync(), ArchiveErrorCode.SizeLimit);
    }

    private static TestArchive Archive(ArchiveSettings? settings = null) =>
        TestArchive.OfBuckets(settings, true, [[new AccountBuilder().Live()]]);

    private static async Task<ArchiveException> FailAsync(Func<Task> open, string code, FailureKind kind = FailureKind.Archive)
    {
        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(open);
        Assert.Equal(code, error.Code);
        Assert.Equal(kind, error.Kind);
        return error;
    }

    // The entry with its header changed and the hash beside it made to agree: 32 bytes of hash, the header, 4 bytes of extension.
    private static byte[] Rehashed(byte[] entry, Action<Span<byte>> edit)
    {
        byte[] changed = [.. entry];
        edit(changed.AsSpan(32..^4));
        SHA256.HashData(changed.AsSpan(32..^4)).CopyTo(changed.AsSpan());
        return changed;
    }

    // From the end: skip list and extension (132), four fields of 4 bytes less the sequence, idPool, inflationSeq, feePool, totalCoins,
    // sequence.
    private static int SequenceOffset(ReadOnlySpan<byte> header) => header.Length - 132 - 12 - 8 - 4 - 8 - 8 - 4;
}
