namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>SCVal: the arm, and its value where the rules ask for one.</summary>
/// <param name="Type">The arm, 0 to 22.</param>
/// <param name="Value">bool, Int128, ulong, string (text, symbol, address), byte[], list of SCVal, list of pairs; null for others and
/// absent ones.</param>
public sealed record ScVal(int Type, object? Value)
{
    public bool? AsBool => Type == 0 ? (bool?)Value : null;

    public Int128? AsI128 => Type == 10 ? (Int128?)Value : null;

    public string? AsText => Type == 14 ? (string?)Value : null;

    public string? AsSymbol => Type == 15 ? (string?)Value : null;

    public List<ScVal>? AsVec => Type == 16 ? (List<ScVal>?)Value : null;

    public List<(ScVal Key, ScVal Value)>? AsMap => Type == 17 ? (List<(ScVal, ScVal)>?)Value : null;

    public string? AsAddress => Type == 18 ? (string?)Value : null;

    public static ScVal Read(XdrIn xdr)
    {
        int arm = xdr.Int32();
        return new(arm, arm switch
        {
            0 => xdr.Bool(),
            1 or 20 => null,
            2 or 5 or 6 or 7 or 8 or 21 => xdr.UInt64(),
            3 or 4 => (ulong)xdr.UInt32(),
            9 or 10 => ReadI128(xdr),
            11 or 12 => xdr.Fixed(32),
            13 => xdr.Opaque(),
            14 or 15 or 22 => xdr.Text(),
            16 => xdr.Optional(static xdr => xdr.List(Read)),
            17 => ReadMap(xdr),
            18 => Address.ScAddress(xdr),
            19 => ReadInstance(xdr),
            _ => throw xdr.Wrong($"SCVal arm {arm}"),
        });
    }

    /// <summary>ContractExecutable.</summary>
    public static int ReadExecutable(XdrIn xdr)
    {
        int arm = xdr.Int32();
        switch (arm)
        {
            case 0: xdr.Hash(); break;
            case 1: break;
            case 2:
                Address.ScAddress(xdr);
                xdr.Text();
                break;
            default: throw xdr.Wrong($"ContractExecutable arm {arm}");
        }

        return arm;
    }

    private static List<(ScVal, ScVal)>? ReadMap(XdrIn xdr) => xdr.Optional(static xdr => xdr.List(static xdr => (Read(xdr), Read(xdr))));

    private static object? ReadInstance(XdrIn xdr)
    {
        ReadExecutable(xdr);
        return ReadMap(xdr);
    }

    private static Int128 ReadI128(XdrIn xdr)
    {
        ulong high = xdr.UInt64();
        return new(high, xdr.UInt64());
    }
}
