namespace StellarPipeline.TestSupport;

/// <summary>
/// Schemas full of traps: objects with the names of PostgreSQL's own objects. Each takes a number from a sequence when it is used, which a
/// rollback does not undo.
/// </summary>
public static class HostileSchema
{
    // Every function, operator, type and relation of pg_catalog that SQL and PL/pgSQL can imitate. Objects that cannot be created
    // (polymorphic and internal arguments) are left out.
    private const string Plant =
        """
        CREATE SCHEMA IF NOT EXISTS {schema};
        GRANT ALL ON SCHEMA {schema} TO PUBLIC;
        DO $plant$
        DECLARE item record; types text[] :=
          '{text,name,int4,int8,oid,bool,"\"char\"",varchar,regclass,timestamptz,float4,regproc,xid,_text,_name,_oid}';
        BEGIN
          FOR item IN
            SELECT p.proname, p.oid::regprocedure AS signature, pg_get_function_identity_arguments(p.oid) AS arguments,
              pg_get_function_result(p.oid) AS result, p.prokind
            FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind IN ('f', 'a', 'w')
              AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype, 'internal'::regtype, 'language_handler'::regtype,
                'fdw_handler'::regtype)
          LOOP
            BEGIN
              EXECUTE format('CREATE FUNCTION {schema}.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', item.proname, item.arguments,
                coalesce(item.result, 'text'),
                'BEGIN PERFORM pg_catalog.nextval(''traps.sprung''); RETURN' || CASE WHEN item.result LIKE 'SETOF%' OR item.result LIKE
                  'TABLE%' THEN '; END' ELSE ' NULL; END' END);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
          END LOOP;
          FOR item IN
            SELECT o.oprname, format_type(o.oprleft, NULL) AS l, format_type(o.oprright, NULL) AS r, format_type(o.oprresult, NULL) AS
              result
            FROM pg_operator o WHERE o.oprnamespace = 'pg_catalog'::regnamespace AND o.oprleft <> 0
            UNION
            SELECT s.op, format_type(l::regtype, NULL), format_type(r::regtype, NULL), CASE s.op WHEN '||' THEN 'text' WHEN '+' THEN
              'bigint' WHEN '&' THEN 'bigint' ELSE 'boolean' END
            FROM unnest('{=,<>,<,>,<=,>=,||,+,&,~~,~}'::text[]) AS s(op), unnest(types) AS l, unnest(types) AS r
          LOOP
            BEGIN
              EXECUTE format('CREATE OR REPLACE FUNCTION {schema}.trap(%s, %s) RETURNS %s LANGUAGE plpgsql AS %L', item.l, item.r,
                item.result,
                'BEGIN PERFORM pg_catalog.nextval(''traps.sprung''); RETURN NULL; END');
              EXECUTE format('CREATE OPERATOR {schema}.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = {schema}.trap)', item.oprname, item.l,
                item.r);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
          END LOOP;
          FOR item IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v') LOOP
            BEGIN
              EXECUTE format('CREATE VIEW {schema}.%I AS SELECT * FROM pg_catalog.%I WHERE pg_catalog.nextval(''traps.sprung'') > 0',
                item.relname, item.relname);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
          END LOOP;
          FOR item IN SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typname
            NOT LIKE '\_%' LOOP
            BEGIN
              EXECUTE format('CREATE DOMAIN {schema}.%I AS pg_catalog.%I CHECK (pg_catalog.nextval(''traps.sprung'') > 0)', item.typname,
                item.typname);
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
          END LOOP;
          CREATE TYPE {schema}.bait AS (value int);
          CREATE FUNCTION {schema}.bait_to_text({schema}.bait) RETURNS text LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_catalog.nextval(''traps.sprung''); RETURN NULL; END';
          CREATE CAST ({schema}.bait AS text) WITH FUNCTION {schema}.bait_to_text({schema}.bait) AS IMPLICIT;
          CREATE FUNCTION {schema}.text_to_bait(text) RETURNS {schema}.bait LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_catalog.nextval(''traps.sprung''); RETURN NULL; END';
          CREATE CAST (text AS {schema}.bait) WITH FUNCTION {schema}.text_to_bait(text) AS IMPLICIT;
        END $plant$;
        """;

    /// <summary>Creates the schemas if they do not exist, and the traps in them.</summary>
    /// <returns>A query for the number of uses of traps since then.</returns>
    public static async Task<string> PlantAsync(TestDatabase database, params string[] schemas)
    {
        ArgumentNullException.ThrowIfNull(database);
        await database.ExecuteAsync(
            "CREATE SCHEMA traps; GRANT USAGE ON SCHEMA traps TO PUBLIC; CREATE SEQUENCE traps.sprung; GRANT ALL ON traps.sprung TO "
                + "PUBLIC");
        foreach (string schema in schemas)
            await database.ExecuteAsync(Plant.Replace("{schema}", schema, StringComparison.Ordinal));
        return "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM traps.sprung";
    }
}
