using System.Buffers.Binary;
using System.Security.Cryptography;
using StellarPipeline.Archive.Ledgers;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.TestSupport;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Ledgers of a protocol that does not exist yet, and ledgers that only look like it.</summary>
public sealed class NewerProtocolLedgerTests
{
    // LedgerCloseMeta version 1 without an extension: version, extension, hash of the header, header.
    private const int HashOffset = 8;
    private const int HeaderOffset = HashOffset + 32;
    private const int ValueArmOffset = HeaderOffset + 4 + 32 + 32 + 8 + 4;
    private const int HeaderBytes = 324;
    private const string Ahead =
        "The network is ahead of this program: the ledger's header has protocol 31, and the newest that this program knows is 30 (Bell).";

    [Fact]
    public void Project_NewerProtocolWithNothingNew_IsReadOnlyWhenAllowed()
    {
        byte[] ledger = Ledger(31);

        LedgerRejectedException error = Refuse(ledger, allow: false);

        Assert.Equal(FailureKind.NetworkAhead, error.Kind);
        Assert.Contains(Ahead, error.Message, StringComparison.Ordinal);
        Assert.Contains("AllowNewerProtocol", error.Message, StringComparison.Ordinal);
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool()) { AllowNewerProtocol = true };
        Assert.Equal(TestLedger.Number, projection.Project(ledger));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Project_NewArmInTheHeaderOfANewerProtocol_NamesTheArm(bool allow)
    {
        LedgerRejectedException error = Refuse(WithValueArm(Ledger(31), 5), allow);

        Assert.Equal(FailureKind.NetworkAhead, error.Kind);
        Assert.Contains("The discriminant is 5; known are 0 to 4. " + Ahead, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("damaged", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, FailureKind.Archive)]
    [InlineData(31, FailureKind.NetworkAhead)]
    public void Project_NewArmInAnOperation_IsJudgedByTheProtocolOfTheHeader(uint protocol, FailureKind kind)
    {
        var ledger = new TestLedger { Protocol = protocol };
        ledger.Transactions.Add(new TestTransaction { Operations = [Operation(27, [])], Results = [Result(27, 0)] });

        LedgerRejectedException error = Refuse(ledger.Encode(), allow: true);

        Assert.Equal(kind, error.Kind);
        Assert.Contains("The discriminant is 27;", error.Message, StringComparison.Ordinal);
        Assert.Contains($"header has protocol {protocol}", error.Message, StringComparison.Ordinal);
        Assert.Equal(kind == FailureKind.Archive, error.Message.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void Project_FlippedBitThatLooksLikeANewerProtocol_IsDamage()
    {
        byte[] ledger = Ledger(22);
        ledger[HeaderOffset + 3] |= 0x20;

        LedgerRejectedException error = Refuse(ledger, allow: false);

        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains("The ledger is damaged", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Project_SecondAndMillisecondDisagree_IsRefused()
    {
        // LedgerCloseMeta version 2 with an extension of 12 bytes; then hash of the header, its version, previous hash, hash of the
        // transaction set.
        const int seconds = 8 + 12 + 32 + 4 + 32 + 32;
        byte[] ledger = [];
        LedgerFile.Read(SampleData.Require("ledgers/ledger-63092988-p30.xdr.gz")).Each((bytes, _, _) =>
        {
            ledger = bytes.ToArray();
            return -1;
        });
        BinaryPrimitives.WriteUInt64BigEndian(ledger.AsSpan(seconds), BinaryPrimitives.ReadUInt64BigEndian(ledger.AsSpan(seconds)) + 1);

        LedgerRejectedException error = Refuse(ledger, allow: false, StellarNetwork.Pubnet);

        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains("which are not the same time", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Ledger(uint protocol)
    {
        var ledger = new TestLedger { Protocol = protocol };
        ledger.Transactions.Add(new TestTransaction { Operations = [Payment(20, Native, 1)], OperationChanges = [[]] });
        return ledger.Encode();
    }

    private static byte[] WithValueArm(byte[] ledger, byte arm)
    {
        ledger[ValueArmOffset + 3] = arm;
        SHA256.HashData(ledger.AsSpan(HeaderOffset, HeaderBytes), ledger.AsSpan(HashOffset));
        return ledger;
    }

    private static LedgerRejectedException Refuse(byte[] ledger, bool allow, StellarNetwork? network = null)
    {
        using var projection = new HistoryProjection(network ?? TestLedger.Network, new PagePool()) { AllowNewerProtocol = allow };
        return Assert.Throws<LedgerRejectedException>(() => projection.Project(ledger, "a ledger"));
    }
}
