using StellarPipeline.Generator.Entries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all DATA entries: grouped by account, names in the order of their bytes, which is not the order of their XDR.</summary>
/// <remarks>
/// Names come in pairs: two letters that grow from pair to pair, a tail of any length, and the same once more with something appended. So a
/// long name comes before a short one
/// (XDR compares the length first), and one name is a prefix of the next.
/// </remarks>
internal sealed class DataPass : EntryPass
{
    private const int Letters = 26;
    private static readonly byte[] Tail = "._manage-data.config.version.auth.token.metadata"u8.ToArray();

    private readonly GeneratorContext _context;
    private readonly DataBuilder _builder = new();
    private readonly byte[] _id = new byte[32];
    private readonly byte[] _name = new byte[64];
    private readonly byte[] _value = new byte[64];

    public DataPass(GeneratorContext context)
    {
        _context = context;
        _builder.AccountId = _id;
    }

    public override EntryBuilder Builder => _builder;

    public void Run()
    {
        SubEntryPlan plan = new(_context.Options);
        SlotPlan slots = new(_context.Options.Seed, Domain.Data, _context.Options.DataEntries, _context.Options.LivePerDead);
        long slot = 0;
        for (int account = 0; account < _context.Accounts.Live; account++)
        {
            int live = plan.Next().Data;
            if (live == 0) continue;
            _context.Accounts.WriteLiveId(account, _id);
            for (int ordinal = 0; live > 0; ordinal++, slot++)
            {
                bool isDead = slots.IsDead(slot);
                if (!isDead) live--;
                SetName(account, ordinal);
                _context.Emitter.Emit(this, _context.Hash(Domain.Data, slot), isDead);
            }
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        Memory<byte> value = _value.AsMemory(0, entropy.Below(65));
        entropy.Fill(value.Span);
        _builder.Value = value;
        _builder.HasSponsorExtension = entropy.Chance(20) && _context.Options.Protocol >= StellarProtocols.ClaimableBalances;
    }

    private void SetName(int account, int ordinal)
    {
        int pair = ordinal / 2;
        Entropy entropy = new(_context.Hash(Domain.Data, ((long)account << 24) + pair + (1L << 60)));
        _name[0] = (byte)('a' + (pair / Letters));
        _name[1] = (byte)('a' + (pair % Letters));
        int length = 2 + entropy.Below(Tail.Length - 10);
        Tail.AsSpan(0, length - 2).CopyTo(_name.AsSpan(2));
        if (ordinal % 2 == 1)
        {
            int more = 1 + entropy.Below(10);
            _name.AsSpan(length, more).Fill((byte)'0');
            length += more;
        }

        _builder.Name = _name.AsMemory(0, length);
    }
}
