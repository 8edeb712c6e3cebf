using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Soroban;

/// <summary>
/// Encodes calls, creations and authorization trees (stellar-core Stellar-transaction.x; credential kinds 2 and 3 are CAP-71, protocol 27).
/// </summary>
internal sealed class AuthorizationXdr(OperationScope scope)
{
    private Dice Dice => scope.Dice;

    /// <summary>InvokeContractArgs.</summary>
    public static byte[] Call(byte[] contract, string function, params ReadOnlySpan<byte[]> arguments)
    {
        using XdrWriter writer = new();
        writer.WriteRaw(ScAddressXdr.Contract(contract));
        writer.WriteString(function);
        writer.WriteInt32(arguments.Length);
        foreach (byte[] argument in arguments) writer.WriteRaw(argument);
        return writer.ToArray();
    }

    /// <summary>CreateContractArgs, or CreateContractArgsV2 with constructor arguments.</summary>
    public byte[] Create(byte[] preimage, byte[] executable, bool withArguments) => OperationOutcome.Encoded(writer =>
    {
        writer.WriteRaw(preimage);
        writer.WriteRaw(executable);
        if (!withArguments) return;
        writer.WriteInt32(1);
        writer.WriteRaw(AnyValue(1));
    });

    /// <summary>ContractIDPreimage from an address.</summary>
    public static byte[] FromAddress(byte[] deployer, byte[] salt) => OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(0);
        writer.WriteRaw(deployer);
        writer.WriteFixedOpaque(salt);
    });

    /// <summary>ContractIDPreimage from an asset.</summary>
    public static byte[] FromAsset(NetworkAsset asset) => [0, 0, 0, 1, .. asset.Xdr];

    /// <summary>A list of SorobanAuthorizationEntry values, possibly empty; usually the first starts with the given function.</summary>
    /// <param name="function">An encoded SorobanAuthorizedFunction with its arm.</param>
    /// <param name="signer">An encoded SCAddress that must authorize the call.</param>
    public List<byte[]> Entries(byte[] function, byte[] signer)
    {
        List<byte[]> entries = [];
        if (Dice.Chance(850)) entries.Add(Entry(function, signer, Dice.Below(3)));
        while (Dice.Chance(200)) entries.Add(Entry(AnyFunction(), AnyAddress(), Dice.Below(4)));
        return entries;
    }

    /// <summary>The address of an account or a contract, which need not exist.</summary>
    public byte[] AnyAddress() => Dice.Below(3) switch
    {
        0 => ScAddressXdr.Account(scope.Layer.Pick<AccountState>(Dice)?.Id ?? Dice.Bytes(32)),
        1 => ScAddressXdr.Contract(scope.World.Contracts.Count > 0 ? Dice.Of(scope.World.Contracts) : Dice.Bytes(32)),
        _ => ScAddressXdr.Contract(Dice.Bytes(32)),
    };

    /// <summary>A random argument of a contract; may contain muxed contracts (protocol 30).</summary>
    public byte[] AnyValue(int depth) => Dice.Below(depth < 3 ? 14 : 10) switch
    {
        0 => ScValueXdr.Bool(Dice.Chance(500)),
        1 => ScValueXdr.Void(),
        2 => ScValueXdr.U32((uint)Dice.Number()),
        3 => ScValueXdr.U64(Dice.Number()),
        4 => ScValueXdr.I128((long)Dice.Number()),
        5 => ScValueXdr.Bytes(Dice.Bytes(Dice.Below(40))),
        6 => ScValueXdr.Text(Dice.Word(Dice.Below(20))),
        7 => ScValueXdr.Symbol("amount"),
        8 => ScValueXdr.Address(scope.Rules.Protocol >= 30 && Dice.Chance(300) ? ScAddressXdr.MuxedContract(Dice.Number(), Dice.Bytes(32))
            : AnyAddress()),
        9 => ScValueXdr.U256(Dice.Number(), Dice.Number()),
        10 or 11 => ScValueXdr.Vec([.. Enumerable.Range(0, Dice.Below(4)).Select(_ => AnyValue(depth + 1))]),
        12 => ScValueXdr.Map([.. Enumerable.Range(0, Dice.Below(3)).Select(index => (ScValueXdr.U32((uint)index), AnyValue(depth + 1)))]),
        _ => ScValueXdr.Error(0, (uint)Dice.Below(100)),
    };

    private byte[] Entry(byte[] function, byte[] signer, int depth) => OperationOutcome.Encoded(writer =>
    {
        int kind = Dice.Below(scope.Rules.Protocol >= 27 ? 4 : 2);
        writer.WriteInt32(kind);
        if (kind > 0)
        {
            writer.WriteRaw(signer);
            writer.WriteInt64((long)Dice.Number());
            writer.WriteUInt32(scope.World.Ledger + 100);
            writer.WriteRaw(AnyValue(2));
        }

        if (kind == 3) WriteDelegates(writer, 0);
        WriteInvocation(writer, function, depth);
    });

    private void WriteDelegates(XdrWriter writer, int depth)
    {
        int count = depth < 2 ? Dice.Below(3) : 0;
        writer.WriteInt32(count);
        for (; count > 0; count--)
        {
            writer.WriteRaw(AnyAddress());
            writer.WriteRaw(ScValueXdr.Void());
            WriteDelegates(writer, depth + 1);
        }
    }

    private void WriteInvocation(XdrWriter writer, byte[] function, int depth)
    {
        writer.WriteRaw(function);
        int children = depth > 0 ? Dice.Below(3) : 0;
        writer.WriteInt32(children);
        for (; children > 0; children--) WriteInvocation(writer, AnyFunction(), depth - 1);
    }

    private byte[] AnyFunction()
    {
        int arm = Dice.Chance(700) ? 0 : Dice.Between(1, scope.Rules.Protocol >= 22 ? 2 : 1);
        if (arm == 0)
        {
            return [0, 0, 0, 0, .. Call(Dice.Chance(500) ? Dice.Of(scope.World.Assets).Contract
                : Dice.Bytes(32), "transfer", AnyValue(1), AnyValue(1))];
        }

        byte[] preimage = Dice.Chance(300) ? FromAsset(Dice.Of(scope.World.Assets)) : FromAddress(AnyAddress(), Dice.Bytes(32));
        return [0, 0, 0, (byte)arm, .. Create(preimage, ExecutableXdr.Wasm(Dice.Bytes(32)), arm == 2)];
    }
}
