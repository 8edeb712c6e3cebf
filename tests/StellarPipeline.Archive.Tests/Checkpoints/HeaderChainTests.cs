using StellarPipeline.Archive.Buckets;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Archive.Tests.Buckets;
using StellarPipeline.Archive.Tests.Support;
using StellarPipeline.Dataflow;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Tests.Checkpoints;

/// <summary>
/// A chain of headers across the upgrade to protocol 30, right and in every wrong form: hashes and links are always right.
/// </summary>
public sealed class HeaderChainTests
{
    private const uint Upgrade = 30;
    private const uint Newer = StellarProtocols.Newest + 1;

    public static TheoryData<string, uint, Action<LedgerHeaderFields>, string> WrongForms => new()
    {
        { "milliseconds before the upgrade", 29, Arm(3),
            "Ledger 29 has a close time in milliseconds (arm 3 of StellarValue), but ledger 28 before it has protocol 29" },
        { "milliseconds and a dropped set before the upgrade", 29, Arm(4),
            "Ledger 29 has a close time in milliseconds (arm 4 of StellarValue), but ledger 28 before it has protocol 29" },
        { "milliseconds in the upgrade", Upgrade, Arm(3),
            "Ledger 30 has a close time in milliseconds (arm 3 of StellarValue), but ledger 29 before it has protocol 29" },
        { "seconds behind the upgrade", 31, Arm(1),
            "Ledger 31 has a close time in seconds only (arm 1 of StellarValue), but ledger 30 before it has protocol 30" },
        { "seconds and a dropped set behind the upgrade", 31, Arm(2),
            "Ledger 31 has a close time in seconds only (arm 2 of StellarValue), but ledger 30 before it has protocol 30" },
        { "no signature behind the upgrade", 40, Arm(0),
            "Ledger 40 has a close time in seconds only (arm 0 of StellarValue), but ledger 39 before it has protocol 30" },
        { "second and millisecond disagree", 40, header => header.CloseTime++, "which are not the same time" },
        { "second and millisecond disagree by one millisecond", 40, header => header.CloseTimeMilliseconds = (header.CloseTime * 1000) - 1,
            "which are not the same time" },
        { "millisecond of another unit", 40, header => header.CloseTimeMilliseconds = 250,
            "and at millisecond 250, which are not the same time" },
        { "time goes back", 29, header => header.CloseTime -= 6,
            "Ledger 29 closed at 1443657739.000 s, before ledger 28, which closed at 1443657740.000 s." },
        { "time stands still", 29, header => header.CloseTime -= 5, "at the same time as ledger 28" },
        { "time goes back by a millisecond", 42, header => Move(header, -401), "before ledger 41, which closed at" },
        { "time stands still to the millisecond", 42, header => Move(header, -400), "at the same time as ledger 41" },
        { "protocol goes back", 45, header => header.LedgerVersion = 29,
            "Ledger 45 has protocol 29, but ledger 44 before it has protocol 30: a network never goes back." },
        { "dropped set of another ledger", 40, header => (header.ValueExtension, header.ProposedPreviousLedgerHash) = (4, new byte[32]),
            "Ledger 40 has a dropped transaction set whose previous ledger hash differs from the one in the header." },
        { "dropped set of another protocol", 40, header => (header.ValueExtension, header.PreviousLedgerVersion) = (4, 29),
            "Ledger 40 has a dropped transaction set for a ledger after protocol 29, but ledger 39 before it has protocol 30." },
    };

    [Fact]
    public async Task OpenCheckpoint_ChainAcrossTheUpgrade_IsProved()
    {
        using TestArchive archive = Archive(new ArchiveSettings { Protocol = 30, UpgradeLedger = Upgrade, DroppedSets = true });

        CheckpointProof proof = await archive.ProveAsync();

        List<byte[]> records = RecordFraming.Split(GzipFiles.Read(archive.Written.LedgerPath));
        int[] arms = [.. records.Select(record => (int)LedgerHeaderEntryView.Parse(record).Header.Value.Form)];
        ulong[] seconds = [.. records.Select(record => LedgerHeaderEntryView.Parse(record).Header.Value.CloseTimeSeconds)];
        Assert.Equal([0, 1, 2, 3, 4], arms.Distinct().Order());
        Assert.All(arms[..(int)Upgrade], arm => Assert.True(arm < 3));
        Assert.All(arms[(int)Upgrade..], arm => Assert.True(arm >= 3));
        Assert.Contains(Enumerable.Range((int)Upgrade, 30), ledger => seconds[ledger] == seconds[ledger - 1]);
        Assert.NotEqual(0, proof.CloseTime.Millisecond);
        Assert.Equal((ulong)proof.CloseTime.ToUnixTimeMilliseconds(), proof.Header.CloseTimeMilliseconds);
    }

    [Theory]
    [MemberData(nameof(WrongForms), DisableDiscoveryEnumeration = true)]
    public async Task OpenCheckpoint_WrongForm_IsRefusedInItsOwnWords(
        string name, uint ledger, Action<LedgerHeaderFields> edit, string words)
    {
        Assert.NotNull(name);
        using TestArchive archive =
            Archive(new ArchiveSettings
            {
                Protocol = 30,
                UpgradeLedger = Upgrade,
                EditHeader = (number, header) => { if (number == ledger) edit(header); },
            });

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => archive.ProveAsync());

        Assert.Equal((ArchiveErrorCode.HeaderValue, FailureKind.Archive, ledger), (error.Code, error.Kind, (uint)error.Record!));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Contains($"record {ledger} at byte", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_FirstHeaderOfTheFile_IsNotJudgedByALedgerThatIsNotThere()
    {
        // The upgrade ledger comes first: its form is that of the protocol before, which the file does not hold.
        var settings = new ArchiveSettings { Protocol = 30, CheckpointLedger = 127, UpgradeLedger = 64 };
        using TestArchive archive = Archive(settings);

        Assert.Equal(30U, (await archive.ProveAsync()).ProtocolVersion);
    }

    [Fact]
    public async Task OpenCheckpoint_EveryStrictPrefixOfAHeaderOfProtocol30_IsRefusedWithAnOffset()
    {
        using TestArchive archive = Archive(new ArchiveSettings { Protocol = 30, CheckpointLedger = 127 });
        List<byte[]> records = RecordFraming.Split(GzipFiles.Read(archive.Written.LedgerPath));
        byte[] whole = records[5];
        Assert.Equal(32 + 436 + 4, whole.Length);
        for (int length = 4; length < whole.Length; length += 4)
        {
            records[5] = whole[..length];
            byte[] content = RecordFraming.Join(records);
            ArchiveException error =
                Assert.Throws<ArchiveException>(() => LedgerHeaderChain.Verify(content, "ledger", CheckpointSchedule.Default, 127));
            Assert.Equal(ArchiveErrorCode.XdrFormat, error.Code);
            Assert.Equal(5 * (4 + whole.Length), error.ByteOffset);
            XdrFormatException cause = Assert.IsType<XdrFormatException>(error.InnerException);
            Assert.InRange(cause.ByteOffset, 0, length);
            Assert.Contains(FormattableString.Invariant($" at byte {cause.ByteOffset:N0}: "), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OpenCheckpoint_NewerProtocolWithNothingNew_IsReadOnlyWhenAllowed()
    {
        using TestArchive archive = Archive(new ArchiveSettings { Protocol = Newer });

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => archive.ProveAsync());
        CheckpointProof proof = await archive.ProveAsync(new HistoryArchiveOptions { AllowNewerProtocol = true });

        Assert.Equal((ArchiveErrorCode.ProtocolUnsupported, FailureKind.NetworkAhead), (error.Code, error.Kind));
        Assert.Contains(
            "The network is ahead of this program: the ledger's header has protocol 31, and the newest that this program knows is 30 "
                + "(Bell).", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("damaged", error.Message, StringComparison.Ordinal);
        Assert.Equal(Newer, proof.ProtocolVersion);
        Assert.Contains("protocol 31, which is newer than 30 (Bell)", proof.NewerProtocolRemark, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenCheckpoint_NewerProtocolWithANewArm_NamesTheArmAndIsNeverRead(bool allow)
    {
        using TestArchive archive =
            Archive(new ArchiveSettings
            {
                Protocol = Newer,
                EditHeader = (ledger, header) => header.ValueExtension = ledger == 50 ? 5 : header.ValueExtension,
            });

        ArchiveException error =
            await Assert.ThrowsAsync<ArchiveException>(() => archive.ProveAsync(new HistoryArchiveOptions { AllowNewerProtocol = allow }));

        // Without the option the first header ends it, by its protocol.
        Assert.Equal(
            (ArchiveErrorCode.ProtocolUnsupported, FailureKind.NetworkAhead, allow ? 50 : 1), (error.Code, error.Kind, (int)error.Record!));
        Assert.Contains("The network is ahead of this program", error.Message, StringComparison.Ordinal);
        Assert.Equal(allow,
            error.Message.Contains("StellarValue.ext at byte 112: The discriminant is 5; known are 0 to 4.", StringComparison.Ordinal));
        Assert.DoesNotContain("damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_NewArmInAHeaderOfAKnownProtocol_IsDamage()
    {
        using TestArchive archive =
            Archive(new ArchiveSettings
            {
                Protocol = 30,
                EditHeader = (ledger, header) => header.ValueExtension = ledger == 50 ? 5 : header.ValueExtension,
            });

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => archive.ProveAsync());

        Assert.Equal((ArchiveErrorCode.XdrFormat, FailureKind.Archive), (error.Code, error.Kind));
        Assert.Contains(
            "The discriminant is 5; known are 0 to 4. The ledger's header has protocol 30, and this program knows every protocol up to 30",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenCheckpoint_FlippedBitThatLooksLikeANewerProtocol_IsDamage()
    {
        using TestArchive archive = Archive(new ArchiveSettings { Protocol = 30 });
        ArchiveDamage.EditHeaders(archive.Written, headers => headers[7][32 + 3] |= 0x20);

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => archive.ProveAsync());

        Assert.Equal((ArchiveErrorCode.HeaderHash, FailureKind.Archive), (error.Code, error.Kind));
    }

    [Theory]
    [InlineData(30, FailureKind.Archive)]
    [InlineData(31, FailureKind.NetworkAhead)]
    public async Task Read_NewArmInAnEntry_IsJudgedByTheProtocolOfTheHeader(uint protocol, FailureKind kind)
    {
        byte[] value = [0, 0, 0, 23];
        var builder = new ContractDataBuilder { Value = value };
        using var archive =
            TestArchive.OfBuckets(new ArchiveSettings { Protocol = protocol }, true, [BucketRuleTests.Account(1).Live(), builder.Live()]);
        var options = new HistoryArchiveOptions { AllowNewerProtocol = true };
        var source = CheckpointEntrySource.Create(archive.Open(options), await archive.ProveAsync(options));

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => source.ReadAsync(
            (chunk, _) =>
            {
                using (chunk)
                    source.DecodeEach(chunk);
                return ValueTask.CompletedTask;
            },
            CancellationToken.None));

        Assert.Equal(kind, error.Kind);
        Assert.Contains("SCVal.type at byte", error.Message, StringComparison.Ordinal);
        Assert.Contains("The discriminant is 23; known are 0 to 22.", error.Message, StringComparison.Ordinal);
        Assert.Contains($"header has protocol {protocol}", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            kind == FailureKind.NetworkAhead, error.Message.Contains("The network is ahead of this program", StringComparison.Ordinal));
        Assert.Equal(kind == FailureKind.Archive, error.Message.Contains("damaged", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(30, FailureKind.Archive)]
    [InlineData(31, FailureKind.NetworkAhead)]
    public async Task Read_NewArmOfABucketRecord_IsJudgedByTheProtocolOfTheHeader(uint protocol, FailureKind kind)
    {
        using var archive =
            TestArchive.OfBuckets(new ArchiveSettings { Protocol = protocol }, true, [new BucketRecord((RecordArm)3, new byte[8])]);
        var options = new HistoryArchiveOptions { AllowNewerProtocol = true };

        ArchiveException error = await Assert.ThrowsAsync<ArchiveException>(() => EntryReading.ReadAllAsync(archive.Open(options), 63));

        Assert.Equal(kind, error.Kind);
        Assert.Contains("Bucket entry type 3 is not known", error.Message, StringComparison.Ordinal);
        Assert.Contains($"header has protocol {protocol}", error.Message, StringComparison.Ordinal);
    }

    private static Action<LedgerHeaderFields> Arm(int arm) => header => header.ValueExtension = arm;

    private static void Move(LedgerHeaderFields header, long milliseconds)
    {
        header.CloseTimeMilliseconds = (ulong)((long)header.CloseTimeMilliseconds! + milliseconds);
        header.CloseTime = header.CloseTimeMilliseconds.Value / 1000;
    }

    private static TestArchive Archive(ArchiveSettings settings) =>
        TestArchive.OfBuckets(settings, true, [BucketRuleTests.Account(1).Live()]);
}
