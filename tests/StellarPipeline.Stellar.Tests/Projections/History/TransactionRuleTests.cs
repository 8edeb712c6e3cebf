using StellarPipeline.Stellar.Projections.History;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Rows of transactions and operations, and the fee row, case by case.</summary>
public sealed class TransactionRuleTests
{
    [Theory]
    [InlineData(0, "Success")]
    [InlineData(-1, "Failed")]
    [InlineData(-2, "TooEarly")]
    [InlineData(-3, "TooLate")]
    [InlineData(-4, "MissingOperation")]
    [InlineData(-5, "BadSeq")]
    [InlineData(-6, "BadAuth")]
    [InlineData(-7, "InsufficientBalance")]
    [InlineData(-8, "NoAccount")]
    [InlineData(-9, "InsufficientFee")]
    [InlineData(-10, "BadAuthExtra")]
    [InlineData(-11, "InternalError")]
    [InlineData(-12, "NotSupported")]
    [InlineData(-14, "BadSponsorship")]
    [InlineData(-15, "BadMinSeqAgeOrGap")]
    [InlineData(-16, "Malformed")]
    [InlineData(-17, "SorobanInvalid")]
    [InlineData(-18, "FrozenKeyAccessed")]
    public void Project_ResultCodes_AreNamesOfTheGoSdk(int code, string name)
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = code,
            Operations = [Payment(20, Native, 1)],
            Results = [Result(1, code == 0 ? 0 : -2)],
            OperationChanges = code == 0 ? [[]] : [],
        });

        Assert.Equal("TransactionResultCodeTx" + name, rows.Transactions[0]["result_code"]);
        Assert.Equal(code switch { 0 => "op_success", -1 => "op_underfunded", _ => "op_unknown" }, rows.Operations[0]["result_code"]);
        Assert.Equal(code == 0 ? "t" : "f", rows.Operations[0]["successful"]);
    }

    [Theory]
    [InlineData(-5, "op_unknown")]
    [InlineData(-1, "op_underfunded")]
    public void Project_FeeBumpWhoseInnerTransactionFailed_InnerResultsCount(int code, string expected)
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            FeeSource = 70, Code = code, Operations = [Payment(20, Native, 1)],
            Results = [Result(1, -2)]
        });

        Assert.Equal(("TransactionResultCodeTxFeeBumpInnerFailed", "t"),
            (rows.Transactions[0]["result_code"], rows.Transactions[0]["is_fee_bump"]));
        Assert.Equal((expected, "f"), (rows.Operations[0]["result_code"], rows.Operations[0]["successful"]));
        Assert.Equal(["BALANCE DEBIT G70 100"], rows.ChangesOf(0));
        Assert.Equal(["G10", "G20", "G70"], rows.TransactionParticipants);
    }

    [Fact]
    public void Project_OuterOperationCodes_HaveTheirNames()
    {
        string[] names = ["op_bad_auth", "op_no_source_account", "op_not_supported", "op_too_many_subentries", "op_exceeded_work_limit",
            "op_too_many_sponsoring"];

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1,
            Operations = [.. names.Select(_ => Payment(20, Native, 1))],
            Results = [.. names.Select((_, index) => I32(-1 - index))],
        });

        Assert.Equal(names, rows.Operations.Select(row => row["result_code"]));
    }

    [Fact]
    public void Project_OperationXdr_IsTheOperationAsItWas()
    {
        byte[] operation = Operation(1, Cat(Muxed(20, 5), Native, I64(1)), Muxed(11, 6));

        TestRows rows = TestLedger.RowsOf(new TestTransaction { Operations = [operation], OperationChanges = [[]] });

        Assert.Equal(Convert.ToHexStringLower(operation), rows.Operations[0]["operation_xdr"]);
    }

    [Fact]
    public void Project_Ids_CountFromOneWithinTheLedger()
    {
        var ledger = new TestLedger();
        ledger.Transactions.AddRange([
            new TestTransaction { Operations = [Payment(20, Native, 1)], OperationChanges = [[]] },
            new TestTransaction { Operations = [Payment(20, Native, 2), Payment(20, Native, 3)], OperationChanges = [[], []] },
        ]);

        TestRows rows = ledger.Rows();

        Assert.Equal([(1000L << 32) | (1 << 12), (1000L << 32) | (2 << 12)], rows.Transactions.Select(row => Number(row["to_id"])));
        Assert.Equal([(1000L << 32) | (1 << 12) | 1, (1000L << 32) | (2 << 12) | 1, (1000L << 32) | (2 << 12) | 2],
            rows.Operations.Select(row => Number(row["id"])));
    }

    [Fact]
    public void Project_NoFee_MakesNoFeeRow() => Assert.Empty(Classic(0).ChangesOf(0));

    [Fact]
    public void Project_ClassicFee_IsThatOfTheResult() => Assert.Equal(["BALANCE DEBIT G10 123"], Classic(123).ChangesOf(0));

    [Fact]
    public void Project_SorobanFeeWithoutChanges_MakesNoFeeRow() => Assert.Empty(Soroban([], [], []).ChangesOf(0));

    [Fact]
    public void Project_SorobanFee_LastImagesOfThePayerCount() => Assert.Equal(["BALANCE DEBIT G10 1400"], Soroban(
        [.. Change(10, 9000, 8000), .. Change(33, 1, 2), .. Change(10, 8000, 6500)],
        [.. Change(10, 6500, 6600), .. Change(10, 6600, 6700)], [.. Change(33, 5, 500), .. Change(10, 6700, 6800)]).ChangesOf(0));

    [Fact]
    public void Project_RefundAboveTheFee_IsACreditWithANegativeAmountAndCounted()
    {
        TestRows rows = Soroban(Change(10, 5000, 4000), Change(10, 4000, 5400), []);

        Assert.Equal(["BALANCE CREDIT G10 -400"], rows.ChangesOf(0));
        Assert.Equal(1, rows.Counts[HistoryDecision.NegativeFee]);
    }

    [Fact]
    public void Project_FeePhaseThatRaisesTheBalance_IsRefused() => Refused("raises the balance", Change(10, 5000, 5400), [], []);

    [Fact]
    public void Project_RefundThatLowersTheBalance_IsRefused()
    {
        Refused("lowers the balance", Change(10, 5000, 4000), Change(10, 4000, 3999), []);
        Refused("lowers the balance", Change(10, 5000, 4000), [], Change(10, 4000, 3999));
    }

    [Fact]
    public void Project_RefundsOfBothKinds_TheLastImagesCount() => Assert.Equal(
        ["BALANCE DEBIT G10 900"], Soroban(Change(10, 5000, 4000), Change(10, 4000, 4050), Change(10, 4050, 4150)).ChangesOf(0));

    private static long Number(string? text) => long.Parse(text!, System.Globalization.CultureInfo.InvariantCulture);

    private static byte[][] Change(byte account, long before, long after) =>
        [State(AccountEntry(account, before)), Updated(AccountEntry(account, after))];

    private static TestRows Classic(long fee) => TestLedger.RowsOf(new TestTransaction
    {
        FeeCharged = fee,
        Operations = [Payment(20, Native, 1)], OperationChanges = [[]]
    });

    private static void Refused(string problem, byte[][] fee, byte[][] after, byte[][] afterAll)
    {
        LedgerRejectedException error = Assert.Throws<LedgerRejectedException>(() => Soroban(fee, after, afterAll));
        Assert.Contains("Ledger 1000, transaction 1", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    private static TestRows Soroban(byte[][] fee, byte[][] after, byte[][] afterAll) => TestLedger.RowsOf(new TestTransaction
    {
        IsSoroban = true,
        MetaVersion = 4,
        Operations = [Operation(26, U32(0))],
        OperationChanges = [[]],
        FeeChanges = fee,
        ChangesAfter = after,
        PostFeeChanges = afterAll,
    });
}
