using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Raw changes become pairs of images of one entry; what is no such pair is refused with its place, whether or not a row looks at
/// it.</summary>
public sealed class ChangePairTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Eur = Asset("EUR", 51);

    [Fact]
    public void Project_ImagesOfTwoAccountsInAPayment_AreRefused() => Refused("OperationMeta.changes", "transaction 1, operation 1",
        OfPayment(State(AccountEntry(10, 5)), Updated(AccountEntry(11, 4))));

    [Fact]
    public void Project_ImagesOfTwoTypes_AreRefused() => Refused("OperationMeta.changes", "transaction 1, operation 1",
        OfPayment(State(TrustlineEntry(10, Usd, 5, 1)), Updated(AccountEntry(10, 4))));

    [Fact]
    public void Project_RemovalOfAnotherTrustline_IsRefused() => Refused("OperationMeta.changes", "transaction 1, operation 1",
        OfPayment(State(TrustlineEntry(10, Usd, 5, 1)), Removed(1, AccountId(10), Eur)));

    [Fact]
    public void Project_RemovalBehindACreation_IsRefused() => Refused("OperationMeta.changes", "transaction 1, operation 1",
        OfPayment(Created(TrustlineEntry(10, Usd, 5, 1)), Removed(1, AccountId(10), Usd)));

    [Fact]
    public void Project_UpdateBehindAnUpdate_IsRefused() => Refused("OperationMeta.changes", "transaction 1, operation 1",
        OfPayment(State(AccountEntry(10, 5)), Updated(AccountEntry(10, 4)), Updated(AccountEntry(10, 3))));

    [Fact]
    public void Project_ImagesOfTwoAccountsInTheFeePhase_AreRefused() => Refused(
        "TransactionResultMeta.feeProcessing", "transaction 1",
        new TestTransaction { Operations = [Payment(20, Native, 1)], OperationChanges = [[]], FeeChanges = OtherAccount() });

    [Fact]
    public void Project_ImagesOfTwoAccountsAfterTheOperations_AreRefused() => Refused(
        "TransactionMeta.txChangesAfter", "transaction 1",
        new TestTransaction { Operations = [Payment(20, Native, 1)], OperationChanges = [[]], ChangesAfter = OtherAccount() });

    [Fact]
    public void Project_ImagesOfTwoAccountsInRefunds_AreRefused() => Refused(
        "TransactionResultMetaV1.postTxApplyFeeProcessing", "transaction 1",
        new TestTransaction { Operations = [Payment(20, Native, 1)], OperationChanges = [[]], PostFeeChanges = OtherAccount() });

    [Fact]
    public void Project_RestoredThenUpdated_IsAPairOfItsOwnAndAChange()
    {
        // The restoration has nothing before it: the holder was not authorized. The update would have found it authorized.
        byte[] key = Vector(Symbol("Balance"), AddressValue(ContractAddress(Key(81))));
        byte[] contract = AssetContract(TestLedger.Network, Usd);
        byte[] entry = ContractDataEntry(contract, key, Map(("amount", I128(1)), ("authorized", Bool(true)), ("clawback", Bool(false))));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(contract, "go")))],
            OperationChanges = [[Restored(entry), Updated(entry)]],
            Events = [Event(contract, Bool(true), Symbol("set_authorized"), AddressValue(AccountAddress(50)),
                AddressValue(ContractAddress(Key(81))), AssetName("USD", 50))],
        });

        Assert.Equal(["BALANCE_AUTHORIZATION SET C81"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_StateAlone_IsNoChange()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(6, Cat(Usd, I64(100)))],
            OperationChanges = [[State(TrustlineEntry(10, Usd, 100, 1))]],
            FeeChanges = [State(AccountEntry(33, 5))],
        });

        Assert.Empty(rows.ChangesOf(1));
        Assert.Equal(["G10"], rows.TransactionParticipants);
    }

    [Fact]
    public void Project_FewerMetadataThanOperations_TheOthersHaveNoChanges()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(6, Cat(Usd, I64(100))), Operation(6, Cat(Eur, I64(100)))],
            OperationChanges = [[Created(TrustlineEntry(10, Usd, 100, 1))]],
        });

        Assert.Equal(2, rows.ChangesOf(1).Length);
        Assert.Empty(rows.ChangesOf(2));
    }

    [Theory]
    [InlineData(12u, 1)]
    [InlineData(13u, 2)]
    public void Project_InternalError_ItsMetadataCountsSinceProtocol13(uint protocol, int participants)
    {
        // A sponsor would be named by the change, if the change happened.
        TestRows rows = TestLedger.RowsOf(
            new TestTransaction
            {
                Code = -11,
                MetaVersion = 2,
                Operations = [Operation(6, Cat(Usd, I64(100)))],
                OperationChanges = [[Created(TrustlineEntry(10, Usd, 100, 1), sponsor: 60)]],
            },
            protocol);

        Assert.Equal(participants, rows.ParticipantsOf(1).Length);
        Assert.Equal("TransactionResultCodeTxInternalError", rows.Transactions[0]["result_code"]);
    }

    [Fact]
    public void Project_ChangeOfAnotherTrustline_ContradictsTheOperation() => Refused(
        "not the one of its source and asset", "transaction 1, operation 1",
        new TestTransaction
        {
            Operations = [Operation(6, Cat(Usd, I64(9)))],
            OperationChanges = [[Created(TrustlineEntry(10, Eur, 9, 1))]],
        });

    [Fact]
    public void Project_ChangeOfAnotherDataEntry_ContradictsTheOperation() => Refused(
        "not the one of its source and name", "transaction 1, operation 1",
        new TestTransaction
        {
            Operations = [Operation(10, Cat(Text("name"), Optional(Opaque([9]))))],
            OperationChanges = [[Created(DataEntry(10, "other", [9]))]],
        });

    private static TestTransaction OfPayment(params byte[][] changes) =>
        new() { Operations = [Payment(20, Native, 1)], OperationChanges = [changes] };

    private static byte[][] OtherAccount() => [State(AccountEntry(10, 5)), Updated(AccountEntry(11, 4))];

    private static void Refused(string problem, string place, TestTransaction transaction)
    {
        var ledger = new TestLedger();
        ledger.Transactions.Add(transaction);
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool());

        LedgerRejectedException error = Assert.Throws<LedgerRejectedException>(() => projection.Project(ledger.Encode()));

        foreach (string part in (string[])["Ledger 1000, " + place, problem, "byte"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
