using StellarPipeline.Generator.Entries;
using StellarPipeline.Xdr;

namespace StellarPipeline.Generator.Checkpoints.Passes;

/// <summary>Writes all DATA entries by account, with names in the order of their bytes, which is not the order of their XDR.</summary>
/// <remarks>
/// Names are generated in pairs: two letters that grow from pair to pair and a tail of any length; then the same name with zeros appended.
/// So some long names come before shorter ones (XDR would compare the length first), and one name of a pair is a prefix of the other.
/// </remarks>
internal sealed class DataPass : EntryPass
{
    private const int Letters = 26;
    private static readonly byte[] Tail = "._manage-data.config.version.auth.token.metadata"u8.ToArray();

    private readonly GeneratorContext context;
    private readonly DataBuilder builder = new();
    private readonly byte[] id = new byte[32];
    private readonly byte[] name = new byte[64];
    private readonly byte[] value = new byte[64];

    public DataPass(GeneratorContext context)
    {
        this.context = context;
        builder.AccountId = id;
    }

    public override EntryBuilder Builder => builder;

    public void Run()
    {
        SubEntryPlan plan = new(this.context.Options);
        SlotPlan slots = new(this.context.Options.Seed, Domain.Data, this.context.Options.DataEntries, this.context.Options.LivePerDead);
        long slot = 0;
        for (int account = 0; account < this.context.Accounts.Live; account++)
        {
            int live = plan.Next().Data;
            if (live == 0) continue;
            this.context.Accounts.WriteLiveId(account, id);
            for (int ordinal = 0; live > 0; ordinal++, slot++)
            {
                bool isDead = slots.IsDead(slot);
                if (!isDead) live--;
                SetName(account, ordinal);
                this.context.Emitter.Emit(this, this.context.Hash(Domain.Data, slot), isDead);
            }
        }
    }

    public override void Fill(ref Entropy entropy, bool isNewest)
    {
        Memory<byte> value = this.value.AsMemory(0, entropy.Below(65));
        entropy.Fill(value.Span);
        builder.Value = value;
        builder.HasSponsorExtension = entropy.Chance(20) && this.context.Options.Protocol >= StellarProtocols.ClaimableBalances;
    }

    private void SetName(int account, int ordinal)
    {
        int pair = ordinal / 2;
        Entropy entropy = new(this.context.Hash(Domain.Data, ((long)account << 24) + pair + (1L << 60)));
        name[0] = (byte)('a' + (pair / Letters));
        name[1] = (byte)('a' + (pair % Letters));
        int length = 2 + entropy.Below(Tail.Length - 10);
        Tail.AsSpan(0, length - 2).CopyTo(name.AsSpan(2));
        if (ordinal % 2 == 1)
        {
            int more = 1 + entropy.Below(10);
            name.AsSpan(length, more).Fill((byte)'0');
            length += more;
        }

        builder.Name = name.AsMemory(0, length);
    }
}
