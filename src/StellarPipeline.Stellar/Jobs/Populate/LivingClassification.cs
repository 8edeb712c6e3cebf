using System.Globalization;
using Npgsql;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.Wallet;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>
/// Saves what wallet-backend has found out about contract codes and tokens, which no checkpoint contains: reads it before the tables are
/// emptied, and restores it on the rows that exist again.
/// </summary>
/// <remarks>
/// A code keeps its protocol, matched by its hash. A token keeps name, symbol and decimals, matched by its contract, and keeps its type if
/// the code that it runs has the same classification as before.
/// </remarks>
internal sealed class LivingClassification(LoadTransaction load)
{
    // The public network has a few thousand codes and tokens. They are held in memory during the load, so there is a limit.
    private const int MaxRows = 1_000_000;

    private readonly List<byte[]> hashes = [];
    private readonly List<byte[]> classified = [];
    private readonly List<string> protocols = [];
    private readonly List<Token> tokens = [];
    private readonly List<(byte[] Contract, byte[] Hash, string Name)> names = [];

    private string Wasms => load.Resolve(WalletTables.ProtocolWasms).QualifiedName;

    private string Contracts => load.Resolve(WalletTables.ProtocolContracts).QualifiedName;

    private string Tokens => load.Resolve(WalletTables.ContractTokens).QualifiedName;

    /// <summary>Reads what is known.</summary>
    public async Task CaptureAsync(CancellationToken cancellationToken)
    {
        await ReadAsync($"SELECT wasm_hash, protocol_id FROM {Wasms}", reader =>
        {
            byte[] hash = reader.GetFieldValue<byte[]>(0);
            hashes.Add(hash);
            if (reader.IsDBNull(1)) return;
            classified.Add(hash);
            protocols.Add(reader.GetString(1));
        }, cancellationToken).ConfigureAwait(false);
        await ReadAsync($"SELECT contract_id, wasm_hash, name FROM {Contracts} WHERE name IS NOT NULL",
            reader => names.Add((reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1), reader.GetString(2))), cancellationToken)
            .ConfigureAwait(false);
        await ReadAsync(
            $"SELECT id, type, code, issuer, name, symbol, decimals FROM {Tokens} WHERE type NOT IN ('SAC', 'UNKNOWN') OR (type = "
                + $"'UNKNOWN' AND (name IS NOT NULL OR symbol IS NOT NULL)) OR (type = 'SAC' AND name IS NOT NULL)",
            reader =>
                tokens.Add(new Token(reader.GetGuid(0), reader.GetString(1), Text(reader, 2), Text(reader, 3), Text(reader, 4),
                    Text(reader, 5), reader.GetInt32(6))), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells what would be kept at most. Which of it the checkpoint contains is known only after the load.</summary>
    public void Foretell(List<string> kept)
    {
        Say(kept, classified.Count,
            "classified contract codes (protocol_wasms.protocol_id), matched by hash, if the checkpoint contains them");
        Say(kept, tokens.Count(token => token.Type is not ("SAC" or "UNKNOWN")),
            "classified tokens with their metadata (contract_tokens), if their code has the same classification");
        Say(kept, names.Count, "names of contracts (protocol_contracts), if they run the same code");
    }

    /// <summary>Restores it, and tells what was kept and what was lost.</summary>
    public async Task RestoreAsync(List<string> kept, List<string> moved, List<string> dropped, CancellationToken cancellationToken)
    {
        await RestoreCodesAsync(kept, moved, dropped, cancellationToken).ConfigureAwait(false);
        await RestoreTokensAsync(kept, dropped, cancellationToken).ConfigureAwait(false);
    }

    private async Task RestoreCodesAsync(List<string> kept, List<string> moved, List<string> dropped, CancellationToken cancellationToken)
    {
        if (classified.Count > 0)
        {
            long codes = await load.RunAsync(
                $"UPDATE {Wasms} AS w SET protocol_id = k.protocol FROM unnest($1::bytea[], $2::text[]) AS k(hash, protocol) WHERE "
                    + $"w.wasm_hash = k.hash",
                [classified.ToArray(), protocols.ToArray()], cancellationToken).ConfigureAwait(false);
            Say(kept, codes, "classified contract codes (protocol_wasms.protocol_id), matched by hash");
            Say(dropped, classified.Count - codes, "classified contract codes that the checkpoint does not contain");
        }

        if (names.Count > 0)
        {
            long named = await load.RunAsync(
                $"UPDATE {Contracts} AS c SET name = k.name FROM unnest($1::bytea[], $2::bytea[], $3::text[]) AS k(contract, hash, name) "
                    + $"WHERE c.contract_id = k.contract AND c.wasm_hash = k.hash",
                [names.Select(row => row.Contract).ToArray(), names.Select(row => row.Hash).ToArray(),
                    names.Select(row => row.Name).ToArray()], cancellationToken).ConfigureAwait(false);
            Say(kept, named, "names of contracts that run the same code");
            Say(dropped, names.Count - named, "names of contracts that do not exist any more or run different code");
        }

        // Codes that wallet-backend has not classified yet: with the status 'success' it would never classify them.
        List<string[]> unseen = await load.RowsAsync(
            $"SELECT count(*) FROM {Wasms} AS w WHERE NOT EXISTS (SELECT FROM unnest($1::bytea[]) AS k(hash) WHERE k.hash = w.wasm_hash)",
            [hashes.ToArray()], cancellationToken).ConfigureAwait(false);
        if (unseen[0][0] == "0") return;
        long reopened = await load.RunAsync(
            $"UPDATE {load.Resolve(LivingHistory.Protocols).QualifiedName} SET classification_status = 'not_started' WHERE "
                + $"classification_status = 'success'", [], cancellationToken).ConfigureAwait(false);
        if (reopened > 0)
        {
            moved.Add(
                string.Create(CultureInfo.InvariantCulture,
                    $"classification_status of {reopened:N0} protocol(s) from success to not_started: {unseen[0][0]} contract code(s) are "
                            + $"new; run protocol-setup"));
        }
    }

    private async Task RestoreTokensAsync(List<string> kept, List<string> dropped, CancellationToken cancellationToken)
    {
        if (tokens.Count == 0) return;
        const string Known =
            "unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int4[]) AS k(id, type, code, issuer, "
                + "name, symbol, decimals)";
        object[] values =
        [
            tokens.Select(token => token.Id).ToArray(), tokens.Select(token => token.Type).ToArray(),
            tokens.Select(token => token.Code).ToArray(), tokens.Select(token => token.Issuer).ToArray(),
            tokens.Select(token => token.Name).ToArray(), tokens.Select(token => token.Symbol).ToArray(),
            tokens.Select(token => token.Decimals).ToArray(),
        ];

        // The row of a token has its contract as text, the row of a contract has 32 bytes; the id, which is derived from the text, links
        // them.
        (Guid[] ids, byte[][] contracts) = await ContractsOfAsync(cancellationToken).ConfigureAwait(false);
        long typed = await load.RunAsync(
            $"""
            UPDATE {Tokens} AS t SET type = k.type, name = k.name, symbol = k.symbol, decimals = k.decimals
              FROM {Known} JOIN unnest($8::uuid[], $9::bytea[]) AS i(id, contract) ON i.id = k.id
              JOIN {Contracts} AS c ON c.contract_id = i.contract JOIN {Wasms} AS w ON w.wasm_hash = c.wasm_hash AND lower(w.protocol_id) =
                lower(k.type)
             WHERE t.id = k.id AND t.type = 'UNKNOWN' AND k.type NOT IN ('SAC', 'UNKNOWN')
            """, [.. values, ids, contracts], cancellationToken).ConfigureAwait(false);
        long described = await load.RunAsync(
            $"""
            UPDATE {Tokens} AS t SET name = k.name, symbol = k.symbol, decimals = k.decimals FROM {Known}
             WHERE t.id = k.id AND t.type = 'UNKNOWN' AND t.name IS NULL AND t.symbol IS NULL AND k.type <> 'SAC' AND (k.name IS NOT NULL OR
               k.symbol IS NOT NULL)
            """, values, cancellationToken).ConfigureAwait(false);
        long assets = await load.RunAsync(
            $"""
            UPDATE {Tokens} AS t SET code = coalesce(t.code, k.code), issuer = coalesce(t.issuer, k.issuer), name = k.name, symbol =
              k.symbol, decimals = k.decimals FROM {Known}
             WHERE t.id = k.id AND t.type = 'SAC' AND t.name IS NULL AND k.type = 'SAC'
            """, values, cancellationToken).ConfigureAwait(false);
        Say(kept, typed, "classified tokens with their metadata (contract_tokens), matched by contract");
        Say(kept, described, "names of contracts whose code is not classified (contract_tokens)");
        Say(kept, assets, "names of asset contracts whose asset the checkpoint does not contain (contract_tokens)");
        Say(dropped, tokens.Count(token => token.Type is not ("SAC" or "UNKNOWN")) - typed,
            "tokens that do not exist any more, or whose code is no longer classified");
    }

    private async Task<(Guid[] Ids, byte[][] Contracts)> ContractsOfAsync(CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        var contracts = new List<byte[]>();
        await ReadAsync($"SELECT t.id, t.contract_id FROM {Tokens} AS t WHERE t.type = 'UNKNOWN'", reader =>
        {
            byte[] payload = new byte[32];
            if (!Xdr.StrKey.TryDecode(reader.GetString(1), payload, out Xdr.StrKeyKind kind, out int length)) return;
            if (kind != Xdr.StrKeyKind.Contract || length != payload.Length) return;
            ids.Add(reader.GetGuid(0));
            contracts.Add(payload);
        }, cancellationToken).ConfigureAwait(false);
        return ([.. ids], [.. contracts]);
    }

    private async Task ReadAsync(string sql, Action<NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        NpgsqlBatch command = LoadStatements.Command(load, sql, []);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                for (int rows = 1; await reader.ReadAsync(cancellationToken).ConfigureAwait(false); rows++)
                {
                    if (rows > MaxRows) throw PopulateThrow.TooMuchToKeep(MaxRows);
                    take(reader);
                }
            }
        }
    }

    private static void Say(List<string> list, long count, string what)
    {
        if (count > 0) list.Add(FormattableString.Invariant($"{count:N0} {what}"));
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private sealed record Token(Guid Id, string Type, string? Code, string? Issuer, string? Name, string? Symbol, int Decimals);
}
