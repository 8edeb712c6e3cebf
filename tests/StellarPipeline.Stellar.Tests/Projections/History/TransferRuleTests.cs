using System.Security.Cryptography;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Stream 0, classic operations: what they do to balances, the rare cases one by one.</summary>
public sealed class TransferRuleTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Eur = Asset("EUR", 51);
    private static readonly byte[] Mine = Asset("MINE", 10);
    private static readonly byte[] BalanceId = Key(33);

    [Fact]
    public void Project_IssuerPaysItself_ShowsDebitAndCredit() =>
        Changes(["BALANCE DEBIT G50 9", "BALANCE CREDIT G50 9"], Payment(50, Usd, 9, AccountId(50)));

    [Fact]
    public void Project_AccountPaysItself_ShowsDebitAndCredit() =>
        Changes(["BALANCE DEBIT G10 9", "BALANCE CREDIT G10 9"], Payment(10, Usd, 9));

    [Fact]
    public void Project_PaymentToTheIssuer_BurnShowsBesideTheDebit() =>
        Changes(["BALANCE BURN G50 9", "BALANCE DEBIT G10 9"], Payment(50, Usd, 9));

    [Fact]
    public void Project_NewAccountWithoutBalance_ShowsZero() =>
        Changes(["ACCOUNT CREATE G20", "BALANCE DEBIT G10 0", "BALANCE CREDIT G20 0", "SIGNER ADD G20"],
            Operation(0, Cat(AccountId(20), I64(0))));

    [Fact]
    public void Project_PathPaymentWithoutTrades_ShowsWhatArrivedOnly() =>
        Changes(["BALANCE DEBIT G10 30", "BALANCE CREDIT G20 30"], PathPayment(2, Usd, Usd, 30),
            Result(2, 0, List(), AccountId(20), Usd, I64(30)));

    [Fact]
    public void Project_PathPaymentWithATradeOfNothing_ShowsZeros() =>
        Changes(
            ["BALANCE DEBIT G30 0", "BALANCE CREDIT G10 0", "BALANCE DEBIT G10 0", "BALANCE CREDIT G30 0", "BALANCE DEBIT G10 30",
                "BALANCE CREDIT G20 30"],
            PathPayment(2, Usd, Eur, 30), Result(2, 0, List(OfferAtom(30, Eur, 0, Usd, 0)), AccountId(20), Eur, I64(30)));

    [Fact]
    public void Project_StrictSend_AmountIsThatOfTheResult() =>
        Changes(["BALANCE DEBIT G10 41", "BALANCE CREDIT G20 41"], PathPayment(13, Usd, Usd, 1),
            Result(13, 0, List(), AccountId(20), Usd, I64(41)));

    [Fact]
    public void Project_StrictReceive_AmountIsThatOfTheOperation() =>
        Changes(["BALANCE DEBIT G10 30", "BALANCE CREDIT G20 30"], PathPayment(2, Usd, Usd, 30),
            Result(2, 0, List(), AccountId(20), Usd, I64(99)));

    [Fact]
    public void Project_TradesWithAPoolAndAnOldOffer_OnlyAccountsShow() =>
        Changes(
            ["BALANCE CREDIT G10 7", "BALANCE DEBIT G10 100", "BALANCE DEBIT G31 2", "BALANCE CREDIT G10 2", "BALANCE DEBIT G10 3",
                "BALANCE CREDIT G31 3", "BALANCE DEBIT G10 9", "BALANCE CREDIT G20 9"],
            PathPayment(13, Usd, Eur, 1),
            Result(13, 0,
                List(Cat(U32(2), Key(5), Eur, I64(7), Usd, I64(100)), Cat(U32(0), Key(31), I64(1), Eur, I64(2), Usd, I64(3))),
                AccountId(20), Eur, I64(9)));

    [Fact]
    public void Project_IssuerTradesWithAPool_MintAndBurnShowOnTheIssuer() =>
        // The pool sells the issuer its own asset: burnt from the pool. It takes another.
        Changes(["BALANCE BURN G10 7", "BALANCE DEBIT G10 100"], Operation(3, Cat(Usd, Mine, I64(100), U32(1), U32(1), I64(0))),
            Result(3, 0, List(Cat(U32(2), Key(5), Mine, I64(7), Usd, I64(100))), U32(2)));

    [Fact]
    public void Project_SellerIssuesWhatItSells_MintShowsBesideTheCredit() =>
        Changes(["BALANCE MINT G50 30", "BALANCE CREDIT G10 30", "BALANCE DEBIT G10 90", "BALANCE CREDIT G50 90"],
            Operation(12, Cat(Eur, Usd, I64(30), U32(1), U32(1), I64(0))),
            Result(12, 0, List(OfferAtom(50, Usd, 30, Eur, 90)), U32(2)));

    [Fact]
    public void Project_MergeIntoAMuxedAccount_CreditsTheAccount() =>
        Changes(["ACCOUNT MERGE G10", "BALANCE DEBIT G10 400", "BALANCE CREDIT G20 400"], Operation(8, Muxed(20, 9)),
            Result(8, 0, I64(400)));

    [Fact]
    public void Project_BalanceCreatedByTheIssuer_IsAMintWithoutCredit() =>
        Changes(["BALANCE MINT G10 6"], Operation(14, Cat(Mine, I64(6), List(Cat(U32(0), AccountId(21), U32(0))))),
            Result(14, 0, U32(0), BalanceId), Created(BalanceEntry(BalanceId, Mine, 6)));

    [Fact]
    public void Project_BalanceCreatedByAnotherAccount_IsADebit() =>
        Changes(["BALANCE DEBIT G10 6"], Operation(14, Cat(Usd, I64(6), List(Cat(U32(0), AccountId(21), U32(0))))),
            Result(14, 0, U32(0), BalanceId), Created(BalanceEntry(BalanceId, Usd, 6)));

    [Fact]
    public void Project_BalanceClaimedByItsIssuer_IsABurn() =>
        Changes(["BALANCE BURN G10 6"], Operation(15, Cat(U32(0), BalanceId)), Result(15, 0), Claimed(Mine));

    [Fact]
    public void Project_BalanceClaimedByAnotherAccount_IsACredit() =>
        Changes(["BALANCE CREDIT G10 6"], Operation(15, Cat(U32(0), BalanceId)), Result(15, 0), Claimed(Usd));

    [Fact]
    public void Project_Clawback_BurnsAndDebits() =>
        Changes(["BALANCE BURN G50 4", "BALANCE DEBIT G20 4"], Operation(19, Cat(Usd, Muxed(20, 5), I64(4)), AccountId(50)));

    [Fact]
    public void Project_ClawbackOfABalance_BurnsOnTheSource() =>
        Changes(["BALANCE BURN G50 6"], Operation(20, Cat(U32(0), BalanceId), AccountId(50)), Result(20, 0), Claimed(Usd));

    [Fact]
    public void Project_DepositOfTheIssuer_MintsItsAssetAndDebitsTheOther() =>
        Changes(["BALANCE DEBIT G10 3", "BALANCE MINT G10 7"], Operation(22, Cat(Key(5), I64(1), I64(2), U32(1), U32(2), U32(1), U32(2))),
            Result(22, 0), State(PoolEntry(5, Native, 1, Mine, 2)), Updated(PoolEntry(5, Native, 4, Mine, 9)));

    [Fact]
    public void Project_WithdrawalOfTheIssuer_BurnsItsAssetAndCreditsTheOther() =>
        Changes(["BALANCE CREDIT G10 3", "BALANCE BURN G10 7"], Operation(23, Cat(Key(5), I64(1), I64(0), I64(0))), Result(23, 0),
            State(PoolEntry(5, Native, 4, Mine, 9)), Updated(PoolEntry(5, Native, 1, Mine, 2)));

    [Fact]
    public void Project_WithdrawalOfNothing_ShowsZero() =>
        Changes(["BALANCE CREDIT G10 1", "BALANCE CREDIT G10 0"], Operation(23, Cat(Key(5), I64(1), I64(0), I64(0))), Result(23, 0),
            State(PoolEntry(5, Native, 4, Usd, 9)), Updated(PoolEntry(5, Native, 3, Usd, 9)));

    [Fact]
    public void Project_Inflation_CreditsEveryDestination() =>
        Changes(["BALANCE CREDIT G20 11", "BALANCE CREDIT G21 12"], Operation(9, []),
            Result(9, 0, List(Cat(AccountId(20), I64(11)), Cat(AccountId(21), I64(12)))));

    [Fact]
    public void Project_RevocationThatRedeemsBothAssets_MakesNoTransferRows() =>
        Changes(["BALANCE_AUTHORIZATION CLEAR G20"], Revocation(), null, State(PoolEntry(9, Usd, 90, Eur, 900)), RemovedPool(9),
            Created(BalanceEntry(Revoked(9, Usd), Usd, 90)), Created(BalanceEntry(Revoked(9, Eur), Eur, 900)));

    [Fact]
    public void Project_RevocationThatRedeemsTheSecondAsset_BurnsTheFirst() =>
        Changes(["BALANCE BURN G50 90", "BALANCE_AUTHORIZATION CLEAR G20"], Revocation(), null, State(PoolEntry(9, Usd, 90, Eur, 900)),
            RemovedPool(9), Created(BalanceEntry(Revoked(9, Eur), Eur, 900)));

    [Fact]
    public void Project_RevocationThatKeepsThePool_BurnsTheDifference() =>
        Changes(["BALANCE BURN G51 400", "BALANCE_AUTHORIZATION CLEAR G20"], Revocation(), null,
            State(PoolEntry(9, Usd, 90, Eur, 900)), Updated(PoolEntry(9, Usd, 50, Eur, 500)),
            Created(BalanceEntry(Revoked(9, Usd), Usd, 40)));

    [Fact]
    public void Project_RevocationWithoutBalances_MakesNoTransferRows() =>
        Changes(["BALANCE_AUTHORIZATION CLEAR G20"], Revocation(), null, State(PoolEntry(9, Usd, 90, Eur, 900)), RemovedPool(9),
            Created(BalanceEntry(Key(1), Eur, 900)));

    [Fact]
    public void Project_RevocationWithNativeLeftOver_BurnsNothing() =>
        Changes(["BALANCE_AUTHORIZATION CLEAR G20"], Revocation(), null, State(PoolEntry(9, Native, 90, Usd, 900)), RemovedPool(9),
            Created(BalanceEntry(Revoked(9, Usd), Usd, 900)));

    [Fact]
    public void Project_FailedTransaction_MovesNothing()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1, Operations = [Payment(20, Native, 1), Payment(21, Native, 1)],
            Results = [Result(1, 0), Result(1, -2)]
        });

        Assert.Equal(["BALANCE DEBIT G10 100"], rows.Changes.Select(row => $"{row["state_change_category"]} {row["state_change_reason"]} "
            + $"{TestRows.Short(row["account_id"])} {row["amount"]}"));
    }

    // Before protocol 8 the ledger knows better than the events.
    [Theory]
    [InlineData(7u, 1000, 1500, new[] { "BALANCE CREDIT G10 501", "BALANCE DEBIT G10 1", "BALANCE CREDIT G20 1" })]
    [InlineData(7u, 1000, 900, new[] { "BALANCE DEBIT G10 1", "BALANCE CREDIT G20 1", "BALANCE DEBIT G10 99" })]
    [InlineData(7u, 1000, 999, new[] { "BALANCE DEBIT G10 1", "BALANCE CREDIT G20 1" })]
    [InlineData(8u, 1000, 1500, new[] { "BALANCE DEBIT G10 1", "BALANCE CREDIT G20 1" })]
    public void Project_BalanceThatEventsDoNotExplain_IsMintedOrBurntBeforeProtocol8(
        uint protocol, int before, int after, string[] expected)
    {
        TestRows rows = TestLedger.RowsOf(
            new TestTransaction
            {
                MetaVersion = 2,
                Operations = [Payment(20, Native, 1)],
                OperationChanges = [[State(AccountEntry(10, before)), Updated(AccountEntry(10, after))]],
            },
            protocol);

        Assert.Equal(expected, rows.ChangesOf(1));
    }

    [Fact]
    public void Project_OptionsBeforeProtocol8_AreNotReconciled()
    {
        TestRows rows = TestLedger.RowsOf(
            new TestTransaction
            {
                MetaVersion = 2,
                Operations = [Operation(11, I64(99))],
                OperationChanges = [[State(AccountEntry(10, 5)), Updated(AccountEntry(10, 9))]],
            },
            protocol: 7);

        Assert.Empty(rows.ChangesOf(1));
    }

    private static byte[] PathPayment(int type, byte[] send, byte[] arrives, long amount) =>
        Operation(type, Cat(send, I64(100), AccountId(20), arrives, I64(amount), List()));

    private static byte[] Revocation() => Operation(21, Cat(AccountId(20), Usd, U32(1), U32(0)), AccountId(50));

    private static byte[] Revoked(byte pool, byte[] asset) =>
        SHA256.HashData(Cat(U32(7), AccountId(10), I64(77), U32(0), Key(pool), asset));

    private static byte[][] Claimed(byte[] asset) => [State(BalanceEntry(BalanceId, asset, 6)), Removed(4, U32(0), BalanceId)];

    private static void Changes(string[] expected, byte[] operation, byte[]? result = null, params byte[][] changes)
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [operation],
            Results = result is null ? null : [result],
            OperationChanges = [changes],
        });

        Assert.Equal(expected, rows.ChangesOf(1));
    }
}
