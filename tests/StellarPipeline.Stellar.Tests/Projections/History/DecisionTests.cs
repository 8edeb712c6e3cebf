using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Projections.History;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>What makes upstream give up a ledger: rows and a count where the ledger is valid, one error with its place where it is
/// not.</summary>
public sealed class DecisionTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Eur = Asset("EUR", 51);
    private static readonly byte[] BalanceId = Key(33);

    [Fact]
    public void Project_MetadataOfVersion0_OperationsAreRead()
    {
        TestRows rows = TestLedger.RowsOf(
            new TestTransaction
            {
                MetaVersion = 0,
                Operations = [Operation(6, Cat(Usd, I64(100)))],
                OperationChanges = [[Created(TrustlineEntry(10, Usd, 100, 1))]],
            },
            protocol: 9);

        Assert.Equal("ADD", rows.Change("TRUSTLINE")["state_change_reason"]);
        Assert.Equal(1, rows.Counts[HistoryDecision.MetaVersion0]);
    }

    [Fact]
    public void Project_FeeChangesBeforeProtocol10InEarlyMetadata_AccountsTakePart()
    {
        TestRows rows = TestLedger.RowsOf(
            new TestTransaction
            {
                MetaVersion = 1,
                Operations = [Payment(20, Native, 1)],
                OperationChanges = [[]],
                FeeChanges = [State(AccountEntry(33, 9)), Updated(AccountEntry(33, 8))],
            },
            protocol: 9);

        Assert.Equal(["G10", "G20", "G33"], rows.TransactionParticipants);
        Assert.Equal(1, rows.Counts[HistoryDecision.EarlyFeeChanges]);
    }

    [Theory]
    [InlineData(15, -6)]
    [InlineData(22, -8)]
    [InlineData(23, -6)]
    public void Project_FrozenTrustline_OperationFailedForThat(int type, int code)
    {
        byte[] body = type == 15 ? Cat(U32(0), BalanceId) : type == 22 ? Cat(Key(5), I64(1), I64(2), I64(1), I64(1))
            : Cat(Key(5), I64(1), I64(0), I64(0));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1, Operations = [Operation(type, body)],
            Results = [Result(type, code)]
        }, protocol: 26);

        Assert.Equal(("op_trustline_frozen", "f"), (rows.Operations[0]["result_code"], rows.Operations[0]["successful"]));
        Assert.Equal(1, rows.Counts[HistoryDecision.TrustlineFrozen]);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    public void Project_PassiveOffer_TradesOfEitherArmAreRead(int arm, int decisions)
    {
        byte[] operation = Operation(4, Cat(Usd, Eur, I64(90), U32(1), U32(3)));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [operation],
            Results = [Result(arm, 0, List(OfferAtom(30, Eur, 30, Usd, 90)), U32(2))],
            OperationChanges = [[]],
        });

        Assert.Equal(4, rows.ChangesOf(1).Length);
        Assert.Equal(decisions, rows.Counts[HistoryDecision.PassiveOfferArm]);
    }

    [Fact]
    public void Project_HashThatRepeats_EveryTransactionKeepsItsRows()
    {
        var ledger = new TestLedger();
        ledger.Transactions.AddRange([FirstPayment(), FirstPayment(), FirstPayment()]);

        TestRows rows = ledger.Rows();

        Assert.Equal(3, rows.Transactions.Select(row => row["to_id"]).Distinct().Count());
        Assert.Single(rows.Transactions.Select(row => row["hash"]).Distinct());
        Assert.Equal(3, rows.Operations.Count);
    }

    [Fact]
    public void Project_UnknownResultCode_NamesLedgerTransactionOperationAndField() =>
        Refused("transaction 2, operation 2", "OperationResult.tr", new TestTransaction
        {
            Code = -1,
            Operations = [Payment(20, Native, 1), Payment(20, Native, 1)], Results = [Result(1, 0), Result(1, -10)]
        });

    [Fact]
    public void Project_DamagedOperation_NamesLedgerTransactionOperationAndField() =>
        Refused("transaction 2, operation 1", "Asset.type",
            new TestTransaction { Operations = [Operation(1, Cat(AccountId(20), U32(9), I64(1)))], Results = [Result(1, 0)] });

    [Fact]
    public void Project_SorobanTransactionWithOldMetadata_IsRefused() =>
        Refused("transaction 2", "needs version 3 or 4", new TestTransaction
        {
            IsSoroban = true, MetaVersion = 2,
            Operations = [Operation(26, U32(0))], OperationChanges = [[]]
        });

    [Fact]
    public void Project_RestoredEntryInTheFeePhase_IsRefused() =>
        Refused("transaction 2", "fee phase restores", new TestTransaction
        {
            Operations = [Payment(20, Native, 1)],
            FeeChanges = [Cat(U32(4), Entry(AccountEntry(10, 5)))], OperationChanges = [[]]
        });

    [Fact]
    public void Project_ClaimThatRemovesNothing_IsRefused() =>
        Refused("transaction 2, operation 1", "removes 0 claimable balances",
            new TestTransaction { Operations = [Operation(15, Cat(U32(0), BalanceId))], OperationChanges = [[]] });

    [Fact]
    public void Project_DepositThatAddsNothing_IsRefused()
    {
        byte[] pool = PoolEntry(5, Native, 1, Usd, 2);
        byte[] operation = Operation(22, Cat(Key(5), I64(1), I64(2), I64(1), I64(1)));

        Refused("transaction 2, operation 1", "adds nothing", new TestTransaction
        {
            Operations = [operation],
            OperationChanges = [[State(pool), Updated(pool)]]
        });
    }

    [Fact]
    public void Project_UpdateWithoutState_IsRefused() =>
        Refused("transaction 2, operation 1", "is not the state of the same entry",
            new TestTransaction
            {
                Operations = [Operation(6, Cat(Usd, I64(100)))],
                OperationChanges = [[Updated(TrustlineEntry(10, Usd, 100, 1))]]
            });

    [Fact]
    public void Project_OtherNetwork_SaysSo()
    {
        var ledger = new TestLedger();
        ledger.Transactions.Add(FirstPayment());
        using var projection = new HistoryProjection(StellarNetwork.Pubnet, new PagePool());

        LedgerRejectedException error = Assert.Throws<LedgerRejectedException>(() => projection.Project(ledger.Encode()));

        Assert.Contains("belongs to another network", error.Message, StringComparison.Ordinal);
        Assert.Equal((TestLedger.Number, FailureKind.Archive), (error.Ledger, error.Kind));
    }

    [Fact]
    public void Project_NewerProtocol_IsAKindOfItsOwnUnlessAllowed()
    {
        var ledger = new TestLedger { Protocol = 31 };
        ledger.Transactions.Add(FirstPayment());
        using var strict = new HistoryProjection(TestLedger.Network, new PagePool());
        using var lenient = new HistoryProjection(TestLedger.Network, new PagePool()) { AllowNewerProtocol = true };

        Assert.Equal(FailureKind.NetworkAhead, Assert.Throws<LedgerRejectedException>(() => strict.Project(ledger.Encode())).Kind);
        Assert.Equal(TestLedger.Number, lenient.Project(ledger.Encode()));
    }

    [Fact]
    public void Project_AfterARejectedLedger_OnlyLaterRowsAreTaken()
    {
        var ledger = new TestLedger();
        ledger.Transactions.Add(FirstPayment());
        var pool = new PagePool();
        using var projection = new HistoryProjection(TestLedger.Network, pool);
        projection.Project(ledger.Encode());
        Assert.Throws<LedgerRejectedException>(() => projection.Project([0, 0, 0, 1]));

        var rows = TestRows.Of(projection, ledger.Encode());

        Assert.Single(rows.Transactions);
        projection.Dispose();
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void Project_TreesDeeperThanAnyStack_AreRead()
    {
        // 20,000 calls below each other: parent before child, one child each.
        byte[] call = Call(Key(81), "f");
        byte[] tree = Cat([.. Enumerable.Repeat(Cat(U32(0), call, U32(1)), 20_000), U32(0), call, U32(0)]);

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(80), "go")), [Cat(U32(0), tree)])],
            OperationChanges = [[]],
        });

        Assert.Equal(["C80", "C81", "G10"], rows.ParticipantsOf(1));
    }

    private static TestTransaction FirstPayment() => new() { Operations = [Payment(20, Native, 1)], OperationChanges = [[]] };

    // The bad transaction is the second one, so that its number shows.
    private static void Refused(string place, string problem, TestTransaction transaction)
    {
        var ledger = new TestLedger();
        ledger.Transactions.AddRange([FirstPayment(), transaction]);
        using var projection = new HistoryProjection(TestLedger.Network, new PagePool());

        LedgerRejectedException error = Assert.Throws<LedgerRejectedException>(() => projection.Project(ledger.Encode(), "some file"));

        Assert.Equal(FailureKind.Archive, error.Kind);
        foreach (string part in (string[])["Ledger 1000, " + place, problem, "byte", "(some file)"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
