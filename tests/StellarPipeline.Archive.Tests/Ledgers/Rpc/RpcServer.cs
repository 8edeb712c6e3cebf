using System.Text.Json;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Archive.Tests.Ledgers.Rpc;

/// <summary>A small stellar-rpc server: getHealth, getNetwork and getLedgers over HTTP, with the shapes of the real one.</summary>
internal sealed class RpcServer : JsonRpcServer
{
    public uint Oldest { get; set; } = LedgerSamples.First;

    public uint Latest { get; set; } = LedgerSamples.First + 50;

    public string Passphrase { get; set; } = LedgerSamples.Passphrase;

    /// <summary>Questions for ledgers.</summary>
    public int Pages { get; private set; }

    protected override string SpoiltMethod => "getLedgers";

    protected override string Answer(string method, JsonElement question) => method switch
    {
        "getHealth" =>
            FormattableString.Invariant(
                $$$"""{"status":"healthy","latestLedger":{{{Latest}}},"oldestLedger":{{{Oldest}}},"ledgerRetentionWindow":{{{Latest
                    - Oldest + 1}}}}"""),
        "getNetwork" => FormattableString.Invariant($$$"""{"passphrase":"{{{Passphrase}}}","protocolVersion":"25"}"""),
        _ => Ledgers(question.GetProperty("params")),
    };

    private string Ledgers(JsonElement parameters)
    {
        Pages++;
        uint start = parameters.GetProperty("startLedger").GetUInt32();
        uint limit = parameters.GetProperty("pagination").GetProperty("limit").GetUInt32();
        if (start < Oldest || start > Latest)
        {
            return FormattableString.Invariant(
                $"error:start ledger must be between the oldest ledger: {Oldest} and the latest ledger: {Latest} for this rpc instance.");
        }

        IEnumerable<string> ledgers =
            LedgerSamples.Numbers(start, Math.Min(Latest, start + limit - 1)).Select(static number => FormattableString.Invariant(
                $$$"""{"hash":"","sequence":{{{number}}},"ledgerCloseTime":"0","headerXdr":"","metadataXdr":"{{{Convert.ToBase64String(
                    LedgerSamples.BytesOf(number))}}}"}"""));
        return FormattableString.Invariant(
            $$$"""{"ledgers":[{{{string.Join(
                ',',
                ledgers)}}}],"latestLedger":{{{Latest}}},"latestLedgerCloseTime":0,"oldestLedger":{{{Oldest}}},"oldestLedgerCloseTime":0,"cursor":"{{{start}}}"}""");
    }
}
