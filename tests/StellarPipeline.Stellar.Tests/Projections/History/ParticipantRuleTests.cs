using static StellarPipeline.Stellar.Tests.Projections.History.LedgerXdr;

namespace StellarPipeline.Stellar.Tests.Projections.History;

/// <summary>Who takes part in operations and transactions, case by case.</summary>
public sealed class ParticipantRuleTests
{
    private static readonly byte[] Usd = Asset("USD", 50);
    private static readonly byte[] BalanceId = Key(33);

    [Fact]
    public void Project_MuxedAccounts_CountAsTheirAccounts()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            SourceId = 7,
            Operations = [Operation(1, Cat(Muxed(20, 5), Native, I64(1)), Muxed(11, 6)), Operation(8, Muxed(21, 1))],
            Results = [Result(1, 0), Result(8, 0, I64(9))],
            OperationChanges = [[], []],
        });

        Assert.Equal(["G11", "G20"], rows.ParticipantsOf(1));
        Assert.Equal(["G10", "G21"], rows.ParticipantsOf(2));
        Assert.Equal(["G10", "G11", "G20", "G21"], rows.TransactionParticipants);
    }

    [Fact]
    public void Project_ClassicOperationOfAMuxedSource_HasNoSecondParticipant()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            SourceId = 7, Operations = [Payment(20, Native, 1)],
            OperationChanges = [[]]
        });

        Assert.Equal(["G10", "G20"], rows.TransactionParticipants);
    }

    [Theory]
    [InlineData(25)]
    [InlineData(26)]
    public void Project_MuxedSourceOfOtherSorobanOperations_TakesPartTwice(int type)
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [Operation(type, type == 25 ? Cat(U32(0), U32(100)) : U32(0), Muxed(11, 3))],
            OperationChanges = [[]],
        });

        Assert.Equal(["G11", "M11"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_FailedSorobanTransaction_ItsSourceAloneTakesPart()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            SourceId = 7,
            Code = -1,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(80), "go")),
                [Cat(AddressCredentials(AccountAddress(45)), Invocation(Call(Key(81), "go")))])],
            Results = [Result(24, -2)],
        });

        Assert.Equal(["G10"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_Creations_NewContractsAndTheirMakersTakePart()
    {
        byte[] own = FromAddress(AccountAddress(10));
        byte[] below = FromAddress(ContractAddress(Key(82)));
        byte[] ofAsset = Cat(U32(1), Usd);
        byte[] tree = Cat(U32(2), below, U32(0), Key(90), List(U32(1)), List(Cat(U32(1), ofAsset, U32(1), List())));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(3), own, U32(0), Key(90), List(U32(1))), [Cat(U32(0), tree)])],
            OperationChanges = [[]],
        });

        string[] expected = [Made(own), Made(below), "C82", Made(ofAsset), "G10"];
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.ParticipantsOf(1).Order(StringComparer.Ordinal));
        Assert.Equal([$"ACCOUNT CREATE {Made(own)}", $"ACCOUNT CREATE {Made(below)}"], rows.ChangesOf(1));
        Assert.Equal(["G10", "C82"], rows.Changes.Select(row => TestRows.Short(row["creator_account_id"])));
    }

    [Fact]
    public void Project_OneContractTwiceInTheTree_MakesOneRow()
    {
        byte[] made = FromAddress(AccountAddress(10));
        byte[] node = Cat(U32(1), made, U32(0), Key(90), List());

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(1), made, U32(0), Key(90)), [Cat(U32(0), node), Cat(U32(0), node)])],
            OperationChanges = [[]],
        });

        Assert.Equal([$"ACCOUNT CREATE {Made(made)}"], rows.ChangesOf(1));
    }

    [Fact]
    public void Project_ContractThatCreatesBelowACall_MakesItsRow()
    {
        byte[] made = FromAddress(ContractAddress(Key(81)));
        byte[] tree = Invocation(Call(Key(81), "deploy"), Cat(U32(1), made, U32(0), Key(90), List()));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(0), Call(Key(81), "deploy")), [Cat(U32(0), tree)])],
            OperationChanges = [[]],
        });

        Assert.Equal([$"ACCOUNT CREATE {Made(made)}"], rows.ChangesOf(1));
        Assert.Equal("C81", TestRows.Short(rows.Change("ACCOUNT")["creator_account_id"]));
    }

    [Fact]
    public void Project_Upload_ItsAuthorizationDoesNotCount()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true,
            Operations = [InvokeHostFunction(Cat(U32(2), Opaque([0, 1])),
                [Cat(AddressCredentials(AccountAddress(45)), Invocation(Call(Key(81), "go")))])],
            OperationChanges = [[]],
        });

        Assert.Equal(["G10"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_ArgumentsAndEvents_TakeNoPart()
    {
        byte[] call =
            Cat(ContractAddress(Key(80)), Text("go"), List(AddressValue(AccountAddress(44)), AddressValue(ContractAddress(Key(84)))));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true, Operations = [InvokeHostFunction(Cat(U32(0), call))],
            OperationChanges = [[]]
        });

        Assert.Equal(["C80", "G10"], rows.ParticipantsOf(1));
    }

    [Theory]
    [InlineData("account", "G21")]
    [InlineData("trustline", "G21")]
    [InlineData("offer", "G21")]
    [InlineData("data", "G21")]
    [InlineData("balance", "")]
    [InlineData("pool", "")]
    [InlineData("signer", "G21")]
    public void Project_RevokedSponsorship_TheOwnerTakesPart(string kind, string owner)
    {
        byte[] body = kind switch
        {
            "account" => Cat(U32(0), U32(0), AccountId(21)),
            "trustline" => Cat(U32(0), U32(1), AccountId(21), Usd),
            "offer" => Cat(U32(0), U32(2), AccountId(21), I64(7)),
            "data" => Cat(U32(0), U32(3), AccountId(21), Text("name")),
            "balance" => Cat(U32(0), U32(4), U32(0), BalanceId),
            "pool" => Cat(U32(0), U32(5), Key(5)),
            _ => Cat(U32(1), AccountId(21), U32(0), Key(60)),
        };

        // The new sponsor is in the entry afterwards, but the entry is not new.
        byte[] entry = TrustlineEntry(21, Usd, 5, 1);
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(18, body)],
            OperationChanges = [[State(entry), Cat(U32(1), Entry(entry, sponsor: 66))]],
        });

        Assert.Equal(owner.Length == 0 ? ["G10"] : ["G10", owner], rows.ParticipantsOf(1));
        Assert.Empty(rows.ChangesOf(1));
    }

    [Fact]
    public void Project_EndOfSponsoring_TheNearestBeginnerTakesPart()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations =
            [
                Operation(16, AccountId(20), AccountId(31)), Operation(16, AccountId(20), AccountId(32)),
                Operation(16, AccountId(21), AccountId(33)), Operation(17, [], AccountId(20)), Operation(17, [], AccountId(22)),
            ],
            OperationChanges = [[], [], [], [], []],
        });

        Assert.Equal(["G20", "G31"], rows.ParticipantsOf(1));
        Assert.Equal(["G20", "G32"], rows.ParticipantsOf(4));
        Assert.Equal(["G22"], rows.ParticipantsOf(5));
    }

    [Fact]
    public void Project_EndOfSponsoringInAFailedTransaction_ItsSourceAloneTakesPart()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1,
            Operations = [Operation(16, AccountId(20)), Operation(17, [], AccountId(20)), Payment(21, Native, 1)],
            Results = [Result(16, 0), Result(17, 0), Result(1, -2)],
        });

        Assert.Equal(["G10", "G20"], rows.ParticipantsOf(1));
        Assert.Equal(["G20"], rows.ParticipantsOf(2));
    }

    [Fact]
    public void Project_SponsoredSigner_ItsNewSponsorTakesPart()
    {
        byte[] signer = Cat(U32(0), Key(60), U32(1));
        byte[] body = Cat([.. Enumerable.Repeat(U32(0), 8), Optional(signer)]);
        byte[] none = AccountEntry(10, 5);
        byte[] by63 = AccountEntry(10, 5, signers: [signer], signerSponsors: [63]);
        byte[] by64 = AccountEntry(10, 5, signers: [signer], signerSponsors: [64]);

        Assert.Equal(["G10", "G63"], Sponsor(body, none, by63));
        Assert.Equal(["G10", "G64"], Sponsor(body, by63, by64));
        Assert.Equal(["G10"], Sponsor(body, by63, by63));
        Assert.Equal(["G10"], Sponsor(body, by63, AccountEntry(10, 5, signers: [signer], signerSponsors: [null])));
    }

    [Fact]
    public void Project_SeveralSponsoredCreations_TheFirstByKeyCounts()
    {
        byte[] eur = Asset("EUR", 51);

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Operation(11, I64(99))],
            OperationChanges = [[Created(TrustlineEntry(10, Usd, 5, 1), sponsor: 61), Created(TrustlineEntry(10, eur, 5, 1), sponsor: 62)]],
        });

        Assert.Equal(["G10", "G62"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_RestoredEntryWithASponsor_TheSponsorTakesPart()
    {
        byte[] entry = ContractDataEntry(Key(80), Symbol("x"), U32(1));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            IsSoroban = true, Operations = [Operation(26, U32(0))],
            OperationChanges = [[Restored(entry, sponsor: 61)]]
        });

        Assert.Equal(["G10", "G61"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_Claimants_TakePartEachOnce()
    {
        byte[] claimants = List(Cat(U32(0), AccountId(21), U32(0)), Cat(U32(0), AccountId(22), U32(3), Optional(Cat(U32(4), I64(1)))),
            Cat(U32(0), AccountId(10), U32(0)));

        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Code = -1,
            Operations = [Operation(14, Cat(Usd, I64(6), claimants))],
            Results = [Result(14, -2)],
        });

        Assert.Equal(["G10", "G21", "G22"], rows.ParticipantsOf(1));
    }

    [Fact]
    public void Project_AccountsOfTheFeePhase_TakePartInTheTransactionOnly()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Payment(20, Native, 1)],
            OperationChanges = [[]],
            FeeChanges = [State(AccountEntry(10, 9)), Updated(AccountEntry(10, 8)), Created(AccountEntry(34, 1)),
                State(AccountEntry(35, 1)), Removed(0, AccountId(35))],
        });

        Assert.Equal(["G10", "G20"], rows.ParticipantsOf(1));
        Assert.Equal(["G10", "G20", "G34", "G35"], rows.TransactionParticipants);
    }

    [Fact]
    public void Project_OtherChangedAccounts_TakeNoPart()
    {
        TestRows rows = TestLedger.RowsOf(new TestTransaction
        {
            Operations = [Payment(20, Native, 1)],
            OperationChanges = [[State(AccountEntry(40, 9)), Updated(AccountEntry(40, 8))]],
            ChangesAfter = [State(AccountEntry(41, 9)), Updated(AccountEntry(41, 8))],
            PostFeeChanges = [State(AccountEntry(42, 9)), Updated(AccountEntry(42, 8))],
        });

        Assert.Equal(["G10", "G20"], rows.TransactionParticipants);
    }

    private static string Made(byte[] preimage) => TestRows.Contract(ContractId(TestLedger.Network, preimage));

    private static string[] Sponsor(byte[] body, byte[] before, byte[] after) => TestLedger.RowsOf(new TestTransaction
    {
        Operations = [Operation(5, body)],
        OperationChanges = [[State(before), Updated(after)]],
    }).ParticipantsOf(1);
}
