namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>What a contract or its creation is called by: an invocation's own call.</summary>
/// <param name="Contract">The called contract's address; null for a creation.</param>
/// <param name="Creation">What a creation's id is made of; null for a call.</param>
public sealed record ContractCall(string? Contract, ContractPreimage? Creation);

/// <summary>ContractIDPreimage: deployer and salt, or an asset.</summary>
public sealed record ContractPreimage(string? Deployer, Asset? Asset, byte[] Xdr)
{
    public static ContractPreimage Read(XdrIn xdr)
    {
        int start = xdr.At;
        string? deployer = null;
        Asset? asset = null;
        switch (xdr.Int32())
        {
            case 0:
                deployer = Address.ScAddress(xdr);
                xdr.Fixed(32);
                break;
            case 1: asset = Asset.Read(xdr); break;
            case var other: throw xdr.Wrong($"ContractIDPreimage arm {other}");
        }

        return new(deployer, asset, xdr.Since(start));
    }
}

/// <summary>SorobanAuthorizedInvocation.</summary>
public sealed record Invocation(ContractCall Call, List<Invocation> Children)
{
    /// <summary>This one and all below, parent before children.</summary>
    public IEnumerable<Invocation> All => Children.SelectMany(static child => child.All).Prepend(this);

    public static Invocation Read(XdrIn xdr)
    {
        int arm = xdr.Int32();
        ContractCall call = arm switch
        {
            0 => Soroban.ReadInvoke(xdr),
            1 => Soroban.ReadCreate(xdr, hasArguments: false),
            2 => Soroban.ReadCreate(xdr, hasArguments: true),
            _ => throw xdr.Wrong($"SorobanAuthorizedFunction arm {arm}"),
        };
        return new(call, xdr.List(Read));
    }
}

/// <summary>SorobanAuthorizationEntry: the address of credentials of kind ADDRESS, null for other kinds.</summary>
public sealed record Authorization(int CredentialsKind, string? CredentialsAddress, Invocation Root)
{
    public static Authorization Read(XdrIn xdr)
    {
        int kind = xdr.Int32();
        string? address = null;
        switch (kind)
        {
            case 0: break;
            case 1 or 2: address = ReadCredentials(xdr); break;
            case 3:
                address = ReadCredentials(xdr);
                xdr.List(ReadDelegate);
                break;
            default: throw xdr.Wrong($"SorobanCredentials arm {kind}");
        }

        return new(kind, kind == 1 ? address : null, Invocation.Read(xdr));
    }

    private static string ReadCredentials(XdrIn xdr)
    {
        string address = Address.ScAddress(xdr);
        xdr.Int64();
        xdr.UInt32();
        ScVal.Read(xdr);
        return address;
    }

    private static string ReadDelegate(XdrIn xdr)
    {
        string address = Address.ScAddress(xdr);
        ScVal.Read(xdr);
        xdr.List(ReadDelegate);
        return address;
    }
}

/// <summary>The remaining Soroban parts of envelopes.</summary>
public static class Soroban
{
    public static ContractCall ReadInvoke(XdrIn xdr)
    {
        string contract = Address.ScAddress(xdr);
        xdr.Text();
        xdr.List(ScVal.Read);
        return new(contract, null);
    }

    public static ContractCall ReadCreate(XdrIn xdr, bool hasArguments)
    {
        var preimage = ContractPreimage.Read(xdr);
        ScVal.ReadExecutable(xdr);
        if (hasArguments) xdr.List(ScVal.Read);
        return new(null, preimage);
    }

    /// <summary>SorobanTransactionData; nothing of it is asked for.</summary>
    public static void SkipTransactionData(XdrIn xdr)
    {
        if (xdr.Bool()) xdr.List(static xdr => xdr.UInt32());
        xdr.List(LedgerKey.Read);
        xdr.List(LedgerKey.Read);
        xdr.Fixed(12);
        xdr.Int64();
    }
}
