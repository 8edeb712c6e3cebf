namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>Operation: its source where it has one, its type, its body where a rule reads it, and its XDR.</summary>
public sealed record Operation(MuxedAccount? Source, int Type, OperationBody Body, byte[] Xdr)
{
    public static Operation Read(XdrIn xdr, MuxedAccount transactionSource)
    {
        int start = xdr.At;
        MuxedAccount? source = xdr.Optional(MuxedAccount.Read);
        int type = xdr.Int32();
        var body = OperationBody.Read(xdr, type, (source ?? transactionSource).Account);
        return new(source, type, body, xdr.Since(start));
    }
}

/// <summary>The bodies of all operations; fields that no rule reads are left out.</summary>
public abstract record OperationBody
{
    public sealed record CreateAccount(string Destination, long StartingBalance) : OperationBody;

    public sealed record Payment(MuxedAccount Destination, Asset Asset, long Amount) : OperationBody;

    public sealed record PathPayment(MuxedAccount Destination, Asset DestinationAsset, long DestinationAmount, bool StrictReceive)
        : OperationBody;

    public sealed record ManageOffer : OperationBody;

    public sealed record SetOptions(uint? ClearFlags, uint? SetFlags, uint? Low, uint? Medium, uint? High, string? HomeDomain,
        SignerKey? Signer) : OperationBody;

    public sealed record ChangeTrust(Asset Line, long Limit) : OperationBody;

    public sealed record AllowTrust(string Trustor, Asset Asset, uint Authorize) : OperationBody;

    public sealed record AccountMerge(MuxedAccount Destination) : OperationBody;

    public sealed record ManageData(string Name) : OperationBody;

    public sealed record CreateBalance(Asset Asset, long Amount, List<string> Claimants) : OperationBody;

    public sealed record ClaimBalance(string Id) : OperationBody;

    public sealed record BeginSponsoring(string Sponsored) : OperationBody;

    public sealed record RevokeSponsorship(string? Account) : OperationBody;

    public sealed record Clawback(Asset Asset, MuxedAccount From, long Amount) : OperationBody;

    public sealed record ClawbackBalance(string Id) : OperationBody;

    public sealed record SetTrustlineFlags(string Trustor, Asset Asset, uint ClearFlags, uint SetFlags) : OperationBody;

    public sealed record Pool(string Id) : OperationBody;

    /// <param name="Call">The host function's own call; null for an upload.</param>
    public sealed record Invoke(ContractCall? Call, List<Authorization> Authorizations) : OperationBody;

    public sealed record Other : OperationBody;

    public static OperationBody Read(XdrIn xdr, int type, string source)
    {
        switch (type)
        {
            case 0: return new CreateAccount(Address.AccountId(xdr), xdr.Int64());
            case 1: return new Payment(MuxedAccount.Read(xdr), Asset.Read(xdr), xdr.Int64());
            case 2 or 13: return ReadPath(xdr, type == 2);
            case 3 or 12: return ReadOffer(xdr, hasId: true);
            case 4: return ReadOffer(xdr, hasId: false);
            case 5: return ReadSetOptions(xdr);
            case 6: return new ChangeTrust(Asset.ReadChangeTrust(xdr), xdr.Int64());
            case 7: return new AllowTrust(Address.AccountId(xdr), Asset.ReadCode(xdr, source), xdr.UInt32());
            case 8: return new AccountMerge(MuxedAccount.Read(xdr));
            case 9 or 17: return new Other();
            case 10:
                ManageData data = new(xdr.Text());
                xdr.Optional(static xdr => xdr.Opaque());
                return data;
            case 11:
                xdr.Int64();
                return new Other();
            case 14: return new CreateBalance(Asset.Read(xdr), xdr.Int64(), xdr.List(BalanceEntry.ReadClaimant));
            case 15: return new ClaimBalance(Address.BalanceId(xdr));
            case 16: return new BeginSponsoring(Address.AccountId(xdr));
            case 18: return ReadRevoke(xdr);
            case 19: return new Clawback(Asset.Read(xdr), MuxedAccount.Read(xdr), xdr.Int64());
            case 20: return new ClawbackBalance(Address.BalanceId(xdr));
            case 21: return new SetTrustlineFlags(Address.AccountId(xdr), Asset.Read(xdr), xdr.UInt32(), xdr.UInt32());
            case 22:
                Pool deposit = new(Address.PoolId(xdr));
                xdr.Fixed(32);
                return deposit;
            case 23:
                Pool withdrawal = new(Address.PoolId(xdr));
                xdr.Fixed(24);
                return withdrawal;
            case 24: return new Invoke(ReadHostFunction(xdr), xdr.List(Authorization.Read));
            case 25:
                xdr.NoExtension();
                xdr.UInt32();
                return new Other();
            case 26:
                xdr.NoExtension();
                return new Other();
            default: throw xdr.Wrong($"OperationBody arm {type}");
        }
    }

    private static PathPayment ReadPath(XdrIn xdr, bool strictReceive)
    {
        Asset.Read(xdr);
        xdr.Int64();
        PathPayment payment = new(MuxedAccount.Read(xdr), Asset.Read(xdr), xdr.Int64(), strictReceive);
        xdr.List(Asset.Read);
        return payment;
    }

    private static ManageOffer ReadOffer(XdrIn xdr, bool hasId)
    {
        Asset.Read(xdr);
        Asset.Read(xdr);
        xdr.Int64();
        xdr.Fixed(8);
        if (hasId) xdr.Int64();
        return new();
    }

    private static SetOptions ReadSetOptions(XdrIn xdr)
    {
        xdr.Optional(Address.AccountId);
        uint? clear = Number(), set = Number();
        Number();
        uint? low = Number(), medium = Number(), high = Number();
        string? domain = xdr.Optional(static xdr => xdr.Text());
        SignerKey? signer = xdr.Optional(SignerKey.Read);
        if (signer is not null) xdr.UInt32();
        return new(clear, set, low, medium, high, domain, signer);

        uint? Number() => xdr.OptionalValue(static xdr => xdr.UInt32());
    }

    private static RevokeSponsorship ReadRevoke(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: return new(LedgerKey.Read(xdr).Owner);
            case 1:
                string account = Address.AccountId(xdr);
                SignerKey.Read(xdr);
                return new(account);
            case var other: throw xdr.Wrong($"RevokeSponsorshipOp arm {other}");
        }
    }

    private static ContractCall? ReadHostFunction(XdrIn xdr)
    {
        switch (xdr.Int32())
        {
            case 0: return Soroban.ReadInvoke(xdr);
            case 1: return Soroban.ReadCreate(xdr, hasArguments: false);
            case 2:
                xdr.Opaque();
                return null;
            case 3: return Soroban.ReadCreate(xdr, hasArguments: true);
            case var other: throw xdr.Wrong($"HostFunction arm {other}");
        }
    }
}
