using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Soroban;

/// <summary>
/// Events that look like a token's event but are not: of other contracts, types or shapes, or with impossible amounts.
/// </summary>
internal static class EventNoise
{
    /// <summary>Returns the real event, with others before and after it.</summary>
    public static IEnumerable<byte[]> Around(OperationScope scope, NetworkAsset asset, List<byte[]> topics, byte[] data, byte[] real)
    {
        Dice dice = scope.Dice;
        while (dice.Chance(150)) yield return Wrong(dice, asset, topics, data);
        yield return real;
        while (dice.Chance(150)) yield return Wrong(dice, asset, topics, data);
    }

    private static byte[] Wrong(Dice dice, NetworkAsset asset, List<byte[]> topics, byte[] data)
    {
        List<byte[]> changed = [.. topics];
        byte[]? contract = asset.Contract;
        int type = 1;
        switch (dice.Below(26))
        {
            case 0: contract = null; break;
            case 1: contract = dice.Bytes(32); break;
            case 2: type = dice.Chance(500) ? 0 : 2; break;
            case 3: changed[0] = ScValueXdr.Text("transfer"); break;
            case 4: changed[0] = ScValueXdr.Symbol("approve"); break;
            case 5: changed.RemoveAt(changed.Count - 1); break;
            case 6: changed.Add(ScValueXdr.Void()); break;
            case 7: changed[^1] = ScValueXdr.Text("USD:GAAA"); break;
            case 8: changed[1] = ScValueXdr.U32(7); break;
            case 9: data = ScValueXdr.U64(dice.Number()); break;
            case 10: changed[^1] = ScValueXdr.Text("NATIVE"); break;
            case 11: changed[^1] = ScValueXdr.Text(""); break;
            case 12: changed[^1] = ScValueXdr.Text(asset.Name + "," + asset.Name); break;
            case 13: changed[^1] = ScValueXdr.Symbol("native"); break;
            case 14: changed[^1] = ScValueXdr.Text(asset.Name.ToLowerInvariant()); break;
            case 15: changed[2] = ScValueXdr.Address(ScAddressXdr.LiquidityPool(dice.Bytes(32))); break;
            case 16: changed[1] = ScValueXdr.Address(ScAddressXdr.ClaimableBalance(dice.Bytes(32))); break;
            case 17:
                data = ScValueXdr.Map((ScValueXdr.Symbol("amount"), ScValueXdr.I128(-5)),
                (ScValueXdr.Symbol("more"), ScValueXdr.Bool(true))); break;
            case 18:
                data = ScValueXdr.Map((ScValueXdr.Symbol("amount"), ScValueXdr.I128(5)),
                (ScValueXdr.Symbol("to_muxed_id"), ScValueXdr.U32(1))); break;
            case 19: data = ScValueXdr.Map((ScValueXdr.Text("amount"), ScValueXdr.I128(5))); break;
            case 20: data = ScValueXdr.MapAbsent(); break;
            case 21: data = ScValueXdr.I128(Int128.MaxValue); break;
            case 22: data = ScValueXdr.I128(Int128.MinValue); break;
            case 23: data = ScValueXdr.I128(0); break;
            case 24: data = ScValueXdr.Bool(true); break;
            default: data = ScValueXdr.Map((ScValueXdr.Symbol("amount"), ScValueXdr.U64(1))); break;
        }

        return EventXdr.Contract(contract, changed, data, type);
    }
}
