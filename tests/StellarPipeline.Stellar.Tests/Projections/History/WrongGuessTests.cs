using System.Security.Cryptography;
using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>What one would guess about the rows, and what is wrong with it: each guess that the rules list, on a ledger made by
/// hand.</summary>
public sealed class WrongGuessTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] Eur = Asset("EUR", 51);
    private static readonly byte[] Token = Key(80);

    [Fact]
    public void Project_NewTrustline_AuthorizationRowRepeatsTheLimit()
    {
        TestRows rows = ChangeTrust(1_000_000_0000, Created(TrustlineEntry(10, Usd, 1_000_000_0000, flags: 1)));

        Dictionary<string, string?> authorization = rows.Change("BALANCE_AUTHORIZATION");
        Assert.Equal("1000.0000000", authorization["trustline_limit_new"]);
        Assert.Equal("1", authorization["flags"]);
        Assert.Equal("1000.0000000", rows.Change("TRUSTLINE")["trustline_limit_new"]);
    }

    [Fact]
    public void Project_ChangedTrustline_OldLimitIsRawAndNewLimitHasDecimals()
    {
        TestRows rows = ChangeTrust(25_000_000, State(TrustlineEntry(10, Usd, 15, 1)), Updated(TrustlineEntry(10, Usd, 25_000_000, 1)));

        Dictionary<string, string?> row = rows.Change("TRUSTLINE");
        Assert.Equal(("UPDATE", "15", "2.5000000"), (row["state_change_reason"], row["trustline_limit_old"], row["trustline_limit_new"]));
    }

    [Fact]
    public void Project_PathPayment_EveryHopShows()
    {
        byte[] body = Cat(Usd, I64(100), AccountId(20), Eur, I64(30), List());
        byte[] result = Result(2, 0, List(OfferAtom(30, Eur, 30, Usd, 90)), AccountId(20), Eur, I64(30));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(2, body)], Results = [result],
            OperationChanges = [[]]
        });

        Assert.Equal(
            ["BALANCE DEBIT G30 30", "BALANCE CREDIT G10 30", "BALANCE DEBIT G10 90", "BALANCE CREDIT G30 90", "BALANCE DEBIT G10 30",
                "BALANCE CREDIT G20 30"],
            rows.ChangesOf(1));
    }

    [Fact]
    public void Project_FailedTransaction_EarlierOperationsAreSuccessful()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1,
            Operations = [Payment(20, Native, 1), Payment(21, Native, 2)],
            Results = [Result(1, 0), Result(1, -2)],
        });

        Assert.Equal([("op_success", "t"), ("op_underfunded", "f")],
            rows.Operations.Select(row => (row["result_code"]!, row["successful"]!)));
        Assert.Equal("TransactionResultCodeTxFailed", rows.Transactions[0]["result_code"]);
    }

    [Fact]
    public void Project_FailedOperation_DestinationTakesPart()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1, Operations = [Payment(20, Native, 1, AccountId(11))],
            Results = [Result(1, -5)]
        });

        Assert.Equal(["G11", "G20"], rows.ParticipantsOf(1));
        Assert.Equal(["G10", "G11", "G20"], rows.TransactionParticipants);
    }

    [Fact]
    public void Project_Trade_SellerOfTheOfferTakesPart()
    {
        byte[] result = Result(3, 0, List(OfferAtom(30, Eur, 30, Usd, 90)), U32(2));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(3, Cat(Usd, Eur, I64(90), U32(1), U32(3), I64(0)))],
            Results = [result],
            OperationChanges = [[]],
        });

        Assert.Equal(["G10", "G30"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_EventOfAnotherToken_ItsAddressesTakeNoPart()
    {
        TestRows rows = Soroban(Call(Token, "go"),
            events: [Event(Token, I128(5), Symbol("transfer"), AddressValue(AccountAddress(40)), AddressValue(AccountAddress(41)))]);

        Assert.Equal(["C80", "G10"], rows.ParticipantsOf(1));
        Assert.Empty(rows.ChangesOf(1));
    }

    [Fact]
    public void Project_AuthorizedCalls_EveryCalledContractTakesPart()
    {
        byte[] tree = Invocation(Call(Key(81), "outer"), Invocation(Call(Key(82), "inner")), Invocation(Call(Key(83), "other")));

        TestRows rows = Soroban(Call(Token, "go"), authorization: [Cat(U32(0), tree)]);

        Assert.Equal(["C80", "C81", "C82", "C83", "G10"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_AddressCredentials_TheAddressTakesPart()
    {
        TestRows rows = Soroban(Call(Token, "go"),
            authorization: [Cat(AddressCredentials(AccountAddress(45)), Invocation(Call(Token, "go")))]);

        Assert.Equal(["C80", "G10", "G45"], rows.ParticipantsOf(1));
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void Project_NewerKindsOfCredentials_TheAddressTakesNoPart(uint kind)
    {
        byte[] credentials = Cat(U32(kind), AddressCredentials(AccountAddress(45))[4..], kind == 3
            ? List(Cat(AccountAddress(46), U32(1), List())) : []);

        TestRows rows = Soroban(Call(Token, "go"), authorization: [Cat(credentials, Invocation(Call(Token, "go")))]);

        Assert.Equal(["C80", "G10"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_SponsoredEntry_TheSponsorTakesPart()
    {
        TestRows rows = ChangeTrust(100, Created(TrustlineEntry(10, Usd, 100, 1), sponsor: 60));

        Assert.Equal(["G10", "G60"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_FeeBump_TheFeeAccountBelongsToTheTransactionOnly()
    {
        TestRows rows = TestLedger.RowsOf(FeeBump());

        Assert.Equal(["G10", "G20"], rows.ParticipantsOf(1));
        Assert.Equal(["G10", "G20", "G70"], rows.TransactionParticipants);
        Assert.Equal(["BALANCE DEBIT G70 100"], rows.ChangesOf(0));
    }

    [Fact]
    public void Project_FeeBump_HashIsTheOuterOne()
    {
        TestTransaction transaction = FeeBump();

        TestRows rows = TestLedger.RowsOf(transaction);

        Assert.Equal(Convert.ToHexStringLower(transaction.Hash()), rows.Transactions[0]["hash"]);
        Assert.Equal("TransactionResultCodeTxFeeBumpInnerSuccess", rows.Transactions[0]["result_code"]);
    }

    [Fact]
    public void Project_SorobanFee_RefundIsTakenOff()
    {
        TestRows rows = TestLedger.RowsOf(SorobanFee());

        Assert.Equal(["BALANCE DEBIT G10 700"], rows.ChangesOf(0));
    }

    [Fact]
    public void Project_SorobanFeeSinceProtocol23_RefundAfterAllTransactionsIsTakenOff()
    {
        TestRows rows = TestLedger.RowsOf(
            new TestTransaction
            {
                IsSoroban = true,
                MetaVersion = 4,
                Operations = [InvokeHostFunction(Cat(U32(0), Call(Token, "go")))],
                OperationChanges = [[]],
                FeeChanges = [State(AccountEntry(10, 5000)), Updated(AccountEntry(10, 4000))],
                PostFeeChanges = [State(AccountEntry(10, 4000)), Updated(AccountEntry(10, 4250))],
            },
            protocol: 23);

        Assert.Equal(["BALANCE DEBIT G10 750"], rows.ChangesOf(0));
    }

    [Fact]
    public void Project_PaymentOfTheIssuer_MintShowsBesideTheCredit()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Payment(20, Usd, 9, AccountId(50))],
            OperationChanges = [[]]
        });

        Assert.Equal(["BALANCE MINT G50 9", "BALANCE CREDIT G20 9"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_CreateAccount_EachStreamCountsItsOwnIds()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(0, Cat(AccountId(20), I64(500)))],
            OperationChanges = [[]]
        });

        Assert.Equal(
            [("0", "1"), ("1", "1"), ("1", "2"), ("1", "3"), ("1", "268435457")],
            rows.Changes.Select(row => ((long.Parse(row["operation_id"]!,
                System.Globalization.CultureInfo.InvariantCulture) & 0xFFF).ToString(System.Globalization.CultureInfo.InvariantCulture),
                    row["state_change_id"]!)));
        Assert.Equal(["ACCOUNT CREATE G20", "BALANCE DEBIT G10 500", "BALANCE CREDIT G20 500", "SIGNER ADD G20"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_AccountMerge_RowBelongsToTheMergedAccount()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(8, AccountId(20))],
            Results = [Result(8, 0, I64(400))], OperationChanges = [[]]
        });

        Assert.Equal(["ACCOUNT MERGE G10", "BALANCE DEBIT G10 400", "BALANCE CREDIT G20 400"], rows.ChangesOf(1));
        Assert.Equal("G20", TestRows.Short(rows.Change("ACCOUNT")["destination_account_id"]));
    }

    [Theory]
    [InlineData(0u, "CLEAR", "65")]
    [InlineData(1u, "SET", "1")]
    [InlineData(2u, "SET", "64")]
    public void Project_AllowTrust_RevocationClearsBothFlags(uint authorize, string reason, string flags)
    {
        byte[] body = Cat(AccountId(20), U32(1), "USD\0"u8.ToArray(), U32(authorize));

        TestRows rows = TestLedger.RowsOf(new TestTransaction { Operations = [Operation(7, body)], OperationChanges = [[]] });

        Dictionary<string, string?> row = rows.Change("BALANCE_AUTHORIZATION");
        Assert.Equal((reason, flags, "G20"), (row["state_change_reason"]!, row["flags"]!, TestRows.Short(row["account_id"])));
    }

    [Fact]
    public void Project_FailedDeployment_MakesItsRowAndItsContractTakesPart()
    {
        byte[] preimage = FromAddress(AccountAddress(10));
        byte[] operation = InvokeHostFunction(Cat(U32(1), preimage, U32(0), Key(90)));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true, Code = -1, Operations = [operation],
            Results = [Result(24, -2)]
        });

        string contract = TestRows.Contract(ContractId(TestLedger.Network, preimage));
        Dictionary<string, string?> row = rows.Change("ACCOUNT");
        Assert.Equal((contract, "G10", "536870913"), (TestRows.Short(row["account_id"]), TestRows.Short(row["creator_account_id"]),
            row["state_change_id"]!));
        Assert.Equal([contract, "G10"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_UnchangedThreshold_MakesARow()
    {
        byte[] body = Cat(U32(0), U32(0), U32(0), U32(0), Optional(U32(2)), U32(0), U32(0), U32(0), U32(0));
        byte[] account = AccountEntry(10, 1000, thresholds: [1, 2, 0, 0]);

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(5, body)],
            OperationChanges = [[State(account), Updated(account)]]
        });

        Dictionary<string, string?> row = rows.Change("SIGNATURE_THRESHOLD");
        Assert.Equal(("UPDATE", "LOW", "2", "2"), (row["state_change_reason"], row["threshold"], row["threshold_old"],
            row["threshold_new"]));
    }

    [Fact]
    public void Project_TwoPoolsOfOneRevocation_ComeInTheOrderOfTheirKeys()
    {
        // The trustor issues what the pool holds besides: that is burnt, the other asset goes to a claimable balance.
        byte[] own = Asset("OWN", 20);
        byte[] revocation = Operation(21, Cat(AccountId(20), Usd, U32(1), U32(0)), AccountId(50));
        byte[][] changes =
        [
            State(PoolEntry(9, own, 900, Usd, 90)), RemovedPool(9),
            State(PoolEntry(5, own, 500, Usd, 50)), RemovedPool(5),
            Created(BalanceEntry(RevokedBalance(9, Usd), Usd, 90)), Created(BalanceEntry(RevokedBalance(5, Usd), Usd, 50)),
        ];

        TestRows rows = TestLedger.RowsOf(new TestTransaction { Operations = [revocation], OperationChanges = [changes] });

        Assert.Equal(["BALANCE BURN G20 500", "BALANCE BURN G20 900", "BALANCE_AUTHORIZATION CLEAR G20"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_MuxedSorobanSource_TakesPartTwice()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            SourceId = 7,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(Token, "go")))],
            OperationChanges = [[]],
        });

        Assert.Equal(["C80", "G10", "M10"], rows.ParticipantsOf(1));
        Assert.Equal(["C80", "G10", "M10"], rows.TransactionParticipants);
    }

    [Fact]
    public void Project_IssuersTransferInVersion3Metadata_IsAMint()
    {
        byte[] contract = AssetContract(TestLedger.Network, Usd);
        byte[] transfer = Event(contract, I128(5), Symbol("transfer"), AddressValue(AccountAddress(50)), AddressValue(AccountAddress(20)),
            String("USD:" + Xdr.StrKey.Encode(Xdr.StrKeyKind.Account, Key(50))));

        TestRows rows = Soroban(Call(contract, "transfer"), events: [transfer]);

        Assert.Equal(["BALANCE MINT G50 5", "BALANCE CREDIT G20 5"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_SorobanFeeBumpBeforeProtocol21_FeeIsCorrected()
    {
        TestTransaction transaction = SorobanFee(feeSource: 70);

        Assert.Equal("600", TestLedger.RowsOf(transaction, protocol: 20).Transactions[0]["fee_charged"]);
        Assert.Equal("900", TestLedger.RowsOf(transaction, protocol: 21).Transactions[0]["fee_charged"]);
        Assert.Equal("900", TestLedger.RowsOf(SorobanFee(), protocol: 20).Transactions[0]["fee_charged"]);
    }

    private static TestRows ChangeTrust(long limit, params byte[][] changes) =>
        TestLedger.RowsOf(new TestTransaction { Operations = [Operation(6, Cat(Usd, I64(limit)))], OperationChanges = [changes] });

    private static TestRows Soroban(byte[] call, byte[][]? authorization = null, byte[][]? events = null) =>
        TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(0), call), authorization)],
            OperationChanges = [[]],
            Events = events ?? [],
        });

    private static TestTransaction FeeBump() => new() { FeeSource = 70, Operations = [Payment(20, Native, 1)], OperationChanges = [[]] };

    // 1000 charged, 300 given back.
    private static TestTransaction SorobanFee(byte? feeSource = null) => new()
    {
        IsSoroban = true,
        FeeSource = feeSource,
        FeeCharged = 900,
        Operations = [InvokeHostFunction(Cat(U32(0), Call(Token, "go")))],
        OperationChanges = [[]],
        FeeChanges = [State(AccountEntry(feeSource ?? 10, 5000)), Updated(AccountEntry(feeSource ?? 10, 4000))],
        ChangesAfter = [State(AccountEntry(feeSource ?? 10, 4000)), Updated(AccountEntry(feeSource ?? 10, 4300))],
    };

    private static byte[] RevokedBalance(byte pool, byte[] asset) =>
        SHA256.HashData(Cat(U32(7), AccountId(10), I64(77), U32(0), Key(pool), asset));
}
